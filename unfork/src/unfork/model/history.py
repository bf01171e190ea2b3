"""What checks saw of a plan's items over time."""

import msgspec


class ItemChange(msgspec.Struct, frozen=True):
    """An item as a check saw it, when that was not as the check before saw it."""

    item: str
    project: str
    disposition: str
    gate: str
    stage: str
    ended: str | None  # how; None: open
    gone: bool = False  # the plan has no such item any longer
