"""Gerrit without its server: what the meta refs of a mirror say (NoteDb, Documentation/note-db).

Each change has a ref ``refs/changes/34/1234/meta`` whose commits record what happened to it, in footers
of their messages. A mirror has them when it fetches ``refs/changes/*``.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from unfork.git import Repository
from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import Observation, Ref
from unfork.trackers.answers import short
from unfork.trackers.closing import closed_as

_STATES = {"new": LinkState.OPEN, "draft": LinkState.OPEN, "merged": LinkState.MERGED}
_LAST = 250_000_000_000  # seconds since the epoch: what a date can hold
_MOST = 5000  # records of one change that are read


def read_change(repository: Repository, ref: Ref) -> Observation | None:
    """What a mirror knows of a change; ``None`` when it has none of its records."""
    name = f"refs/changes/{int(ref.id) % 100:02}/{ref.id}/meta"
    found = repository.try_run(
        "log",
        "-z",
        "--first-parent",
        f"-n{_MOST}",
        "--no-show-signature",
        "--format=%ct%n%an%n%B",
        name,
        "--",
    )
    if found.code or not found.out:
        return None
    return _observation(found.out.decode("utf-8", "replace").split("\0"))


def _observation(records: Iterable[str]) -> Observation | None:
    """From the records, the newest first: of each footer the newest counts."""
    newest: dict[str, str] = {}
    revisions: dict[str, str] = {}
    made: dict[str, int] = {}
    activity, owner, why = 0, "", ""
    for record in records:
        stamp, _, rest = record.partition("\n")
        author, _, message = rest.partition("\n")
        if not stamp.strip().isdecimal():
            continue
        at = min(int(stamp[:12]), _LAST)
        activity, owner = max(activity, at), author  # the last one read is the first one written
        footers = _footers(message)
        patch_set = footers.get("patch-set", "").partition(" ")[0]
        if "commit" in footers and "(DELETED)" not in footers.get("patch-set", ""):
            revisions[footers["commit"]] = patch_set
            made[patch_set] = at
        if footers.get("status") == "abandoned" and "status" not in newest:
            why = _said(message)
        for key, value in footers.items():
            newest.setdefault(key, value)
    if "status" not in newest:
        return None
    state = _STATES.get(newest["status"]) or closed_as([why])
    current = max(made, key=lambda each: int(each) if each.isdecimal() else 0, default=None)
    commit = next((sha for sha, number in revisions.items() if number == current), None)
    return Observation(
        state=state,
        said=newest["status"].upper(),
        kind=LinkKind.REVIEW,
        title=short(newest.get("subject")),
        owner=short(owner),
        activity=datetime.fromtimestamp(activity, UTC),
        branch=newest.get("branch", "").removeprefix("refs/heads/"),
        commit=commit if state is LinkState.MERGED else None,
        change_id=newest.get("change-id"),
        revision=current,
        revised=datetime.fromtimestamp(made[current], UTC) if current else None,
        revisions=dict(sorted(revisions.items())),
        why=why if state is not LinkState.MERGED else "",
    )


def _footers(message: str) -> dict[str, str]:
    """Those of the last paragraph, by their names in lower case."""
    last = message.rstrip().rpartition("\n\n")[2]
    pairs = (line.partition(": ") for line in last.split("\n"))
    return {key.lower(): value.strip() for key, mark, value in pairs if mark}


def _said(message: str) -> str:
    """What was written when it was abandoned: between the record's title, "Abandoned", and its footers."""
    middle = message.partition("\n\n")[2].rpartition("\n\n")[0]
    return short(middle.strip().removeprefix("Abandoned"))
