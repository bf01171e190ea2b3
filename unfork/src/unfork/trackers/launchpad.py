"""Launchpad's web service (api.launchpad.net/devel): bugs with the state of each project, and blueprints."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation, Ref, Thing
from unfork.trackers.answers import Answer, kept_validators, latest, moment, one_by_one, shaped, short
from unfork.trackers.client import Client

_STATES = {
    "Fix Released": LinkState.RELEASED,
    "Fix Committed": LinkState.MERGED,
    "Won't Fix": LinkState.REJECTED,
    "Invalid": LinkState.REJECTED,
    "Opinion": LinkState.REJECTED,
    "Does Not Exist": LinkState.REJECTED,
    "Expired": LinkState.STALE,
}
# Of several tasks, the one that is least far says how far the bug is; what was refused says nothing of it.
_ORDER = (LinkState.OPEN, LinkState.MERGED, LinkState.RELEASED, LinkState.STALE, LinkState.REJECTED)


class _Bug(msgspec.Struct):
    title: str = ""
    date_last_updated: str | None = None
    date_last_message: str | None = None
    duplicate_of_link: str | None = None
    owner_link: str | None = None


class _Task(msgspec.Struct):
    status: str
    bug_target_name: str = ""
    assignee_link: str | None = None
    milestone_link: str | None = None


class _Tasks(msgspec.Struct):
    entries: list[_Task]


class _Specification(msgspec.Struct):
    title: str = ""
    definition_status: str = ""
    implementation_status: str = ""
    is_complete: bool = False
    assignee_link: str | None = None
    owner_link: str | None = None
    milestone_link: str | None = None
    date_created: str | None = None
    date_started: str | None = None
    date_completed: str | None = None


class Launchpad:
    """See ``answers.Tracker``."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """One by one: its service has no question for many."""
        return one_by_one(refs)

    def ask(self, client: Client, refs: Sequence[Ref], kept: Mapping[str, LinkSeen]) -> Iterator[Answer]:
        """Two questions for a bug, one when it did not change: its ETag covers the date of its tasks."""
        for ref in refs:
            yield _bug(client, ref, kept) if ref.thing is Thing.BUG else _blueprint(client, ref, kept)


def _bug(client: Client, ref: Ref, kept: Mapping[str, LinkSeen]) -> Answer:
    reply = client.get(f"/bugs/{ref.id}", validators=kept_validators(kept, ref))
    if reply.unchanged:
        return Answer(ref, None, reply.validators, unchanged=True)
    bug = shaped(reply.data, _Bug, client)
    tasks = shaped(client.get(f"/bugs/{ref.id}/bug_tasks").data, _Tasks, client).entries
    task = _task(tasks, ref.project)
    state = _STATES.get(task.status, LinkState.OPEN)
    if bug.duplicate_of_link:
        state = LinkState.SUPERSEDED
    observation = Observation(
        state=state,
        said=f"duplicate of {_last(bug.duplicate_of_link)}" if bug.duplicate_of_link else task.status,
        kind=LinkKind.BUG,
        title=short(bug.title),
        owner=_last(task.assignee_link or bug.owner_link),
        activity=latest(moment(bug.date_last_updated), moment(bug.date_last_message)),
        project=short(task.bug_target_name),
        release=_last(task.milestone_link) or None if state is LinkState.RELEASED else None,
    )
    return Answer(ref, observation, reply.validators)


def _task(tasks: Sequence[_Task], project: str) -> _Task:
    """The task that is meant: of the project named, else the one of all that is least far."""

    def place(task: _Task) -> int:
        return _ORDER.index(_STATES.get(task.status, LinkState.OPEN))

    name = project.replace("/+source/", " ").split("/")[0].lower()
    own = [each for each in tasks if each.bug_target_name.lower() == name]
    # "nova (Ubuntu)" is a distribution's: somebody who ships the fix, not who makes it. "nova/rocky" is a
    # backport of it to a series.
    upstream = [each for each in tasks if not {*each.bug_target_name} & {*"(/"}]
    return min(own or upstream or tasks, key=place, default=_Task("unknown"))


def _blueprint(client: Client, ref: Ref, kept: Mapping[str, LinkSeen]) -> Answer:
    path = f"/{quote(ref.project, safe='')}/+spec/{quote(ref.id, safe='')}"
    reply = client.get(path, validators=kept_validators(kept, ref))
    if reply.unchanged:
        return Answer(ref, None, reply.validators, unchanged=True)
    spec = shaped(reply.data, _Specification, client)
    state, said = LinkState.OPEN, spec.implementation_status or spec.definition_status
    if spec.implementation_status == "Implemented":
        state = LinkState.MERGED
    elif spec.definition_status in ("Superseded", "Obsolete"):
        superseded = spec.definition_status == "Superseded"
        state, said = LinkState.SUPERSEDED if superseded else LinkState.REJECTED, spec.definition_status
    observation = Observation(
        state=state,
        said=said,
        kind=LinkKind.BLUEPRINT,
        title=short(spec.title),
        owner=_last(spec.assignee_link or spec.owner_link),
        activity=latest(*map(moment, (spec.date_created, spec.date_started, spec.date_completed))),
        project=ref.project,
        release=_last(spec.milestone_link) or None if state is LinkState.MERGED else None,
    )
    return Answer(ref, observation, reply.validators)


def _last(link: str | None) -> str:
    """The name at the end of a link: ``https://api.launchpad.net/devel/~ann`` is of ``ann``."""
    return short((link or "").rstrip("/").rpartition("/")[2].removeprefix("~").removeprefix("+"))
