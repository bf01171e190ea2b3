"""The plan that a scan is recorded for."""

import re
from pathlib import Path

from unfork.config import PLAN_FILE

PLAN_NAME = re.compile(r"[\w.-]{1,100}")
# Only a key of the file itself can stand at the beginning of a line.
_KEY = re.compile(
    rf"""^(?:plan|"plan"|'plan')[ ]*:[ ]+["']?({PLAN_NAME.pattern})["']?[ ]*(?:#.*)?$""", re.MULTILINE
)


def plan_named(folder: Path) -> str | None:
    """The name of the plan in a folder; ``None`` when there is none, or none that can be read.

    The plan is not parsed: what is wrong with it is not a scan's to say, and a scan has no time for it.
    """
    try:
        text = (folder / PLAN_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _KEY.search(text)
    return found[1] if found else None
