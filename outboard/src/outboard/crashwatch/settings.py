"""``[crashwatch]`` of the settings."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from outboard.exits import GuestFiles
from outboard.settings import Seconds, ServiceSection

Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class CrashWatchSection(GuestFiles, frozen=True, forbid_unknown_fields=True):
    """What is recorded, who is told, and what is recovered how often."""

    audit_interval: Seconds = 30.0  # between two looks at every guest
    tick_interval: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 1.0  # retries of the spool, metrics
    tail_lines: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 20  # of QEMU's own words, kept with a crash
    spool_bytes: Annotated[int, msgspec.Meta(ge=65536)] = 67108864  # then oldest acknowledged records go

    # Who is told. JSON lines: a file that is appended to, or "-" for the standard output.
    events: str = ""
    webhook: str = ""  # URL that gets each event as JSON
    webhook_token_file: str = ""  # its first line is sent as bearer token
    masakari: bool = False  # a notification; masakari recovers then, and we must not

    # Recovery, where [cloud] names one.
    recover: bool = True
    unknown: Literal["report", "recover"] = "report"  # an end that nobody saw, and that may be a crash
    opt_out: str = "outboard:auto_recovery"  # server metadata or extra spec; "false" leaves the guest alone
    limit: Count = 3  # recoveries of one guest within ...
    window: Seconds = 3600.0  # ... so many seconds; then it is given up
    backoff: Seconds = 30.0  # before the second recovery in a window; doubled for each further one
    confirm_within: Seconds = 180.0  # nova's time to bring it up, before it is asked again
    # After ``limit`` recoveries, once within the window: "rebuild" from its image, if it has one. What was
    # on its root disk is lost.
    escalate: Literal["none", "rebuild"] = "none"
    recover_within: Seconds = 3600.0  # a crash older than this is reported and never acted on
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    settle: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.2  # so that many crashes at once are seen as that
    note: bool = True  # a guest that is given up gets server metadata that says so

    # The brake: so many guests in so little time is a fault of the host.
    brake_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.3  # of the guests known here
    brake_least: Count = 4  # and never fewer than this
    brake_within: Seconds = 60.0
    brake_hold: Seconds = 300.0  # without a crash, before recovery goes on
    brake_disable: bool = False  # and nova-compute here is disabled, for people to enable again

    def __post_init__(self) -> None:
        ServiceSection.__post_init__(self)
        if self.webhook and (
            urlsplit(self.webhook).scheme not in ("http", "https") or not urlsplit(self.webhook).netloc
        ):
            raise ValueError(f"webhook is no http or https URL: {self.webhook!r}")
        if self.masakari and self.recover:
            raise ValueError("masakari = true needs recover = false: only one may recover a guest")
