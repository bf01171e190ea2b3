"""``[orphanwatch]`` of the settings."""

from typing import Annotated, Literal

import msgspec

from outboard.settings import Seconds, ServiceSection


class OrphanWatchSection(ServiceSection, frozen=True):
    """How sure we have to be, and what is done then."""

    audit_interval: Seconds = 300.0  # between two looks
    confirm_after: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 300.0  # between first and second look
    action: Literal["report", "pause", "destroy"] = "report"
    # More of the guests here than this, and it is nova or our rights that are at fault.
    most_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
