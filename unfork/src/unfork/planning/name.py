"""A plan's name without reading the plan: a scan needs no more."""

from pathlib import Path

import yaml

from unfork.planning.load import PLAN_FILE
from unfork.planning.tree import LOADER


def name_of(folder: Path) -> str | None:
    """The name of the plan in a folder; ``None`` when there is none, or none that can be read.

    What is wrong with the plan is not a scan's to say.
    """
    try:
        with (folder / PLAN_FILE).open("rb") as stream:
            events = yaml.parse(stream, Loader=LOADER)
            depth = 0
            key = None
            for event in events:
                if isinstance(event, yaml.CollectionStartEvent):
                    depth, key = depth + 1, None
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
                elif depth == 1 and isinstance(event, yaml.ScalarEvent):
                    if key == "plan":
                        return str(event.value) or None
                    key = event.value if key is None else None
    except (OSError, yaml.YAMLError):
        return None
    return None
