"""The patch a user means: by its name, a part of it that no other has, its number, or its id."""

import difflib
from collections.abc import Sequence

from unfork.errors import InputError
from unfork.model import Series


def find_patch(series: Series, wanted: str) -> int:
    """The place of a patch in its series; raises ``InputError`` when no patch or several are meant."""
    names = [patch.name for patch in series.patches]
    if wanted not in names:
        if wanted.isdigit() and 0 < int(wanted) <= len(names) and len(wanted) < 4:
            return int(wanted) - 1
        by_id = [
            place
            for place, patch in enumerate(series.patches)
            if len(wanted) >= 7 and patch.id.startswith(wanted)
        ]
        if len(by_id) == 1 and not any(wanted in name for name in names):
            return by_id[0]
    return names.index(find_name(names, wanted, where=series.location, what="a patch"))


def find_name(names: Sequence[str], wanted: str, *, where: str, what: str) -> str:
    """The name that is ``wanted`` or alone has it as a part; raises ``InputError``."""
    found = [wanted] if wanted in names else [name for name in names if wanted in name]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{wanted!r} names {len(found)} patches",
            where=where,
            hint=f"more of the name, e.g. {', '.join(found[:3])}",
        )
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.3)
    raise InputError(
        f"no patch is called {wanted!r}" if what == "a patch" else f"{wanted!r} is not {what}",
        where=where,
        hint=f"nearest: {', '.join(near)}" if near else "unfork scan lists them",
    )
