"""Patchwork over REST (patchwork.readthedocs.io): patches by number, or by the Message-Id of their mail."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation, Ref, Thing
from unfork.trackers.answers import Answer, kept_validators, moment, one_by_one, shaped, short
from unfork.trackers.client import Client

# The states that every Patchwork begins with; a project may add its own, which then count as open.
_STATES = {
    "accepted": LinkState.MERGED,
    "mainlined": LinkState.RELEASED,
    "rejected": LinkState.REJECTED,
    "not-applicable": LinkState.REJECTED,
    "superseded": LinkState.SUPERSEDED,
    "deferred": LinkState.STALE,
}
_COMMIT = 7  # digits of a commit_ref at least: it is a field for anything


class _Person(msgspec.Struct):
    name: str | None = None
    email: str = ""


class _Project(msgspec.Struct):
    link_name: str = ""


class _Patch(msgspec.Struct):
    state: str
    name: str = ""
    date: str | None = None
    submitter: _Person = msgspec.field(default_factory=_Person)
    project: _Project = msgspec.field(default_factory=_Project)
    commit_ref: str | None = None


class Patchwork:
    """See ``answers.Tracker``. Patchwork tells when a patch was sent, not when its state changed."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """One by one: it has no question for some numbers."""
        return one_by_one(refs)

    def ask(self, client: Client, refs: Sequence[Ref], kept: Mapping[str, LinkSeen]) -> Iterator[Answer]:
        """One question for each."""
        for ref in refs:
            validators = kept_validators(kept, ref)
            if ref.thing is Thing.PATCH:
                reply = client.get(f"/api/patches/{ref.id}/", validators=validators)
            else:
                asked = {"msgid": ref.id, **({"project": ref.project} if ref.project else {})}
                reply = client.get("/api/patches/", asked, validators)
            if reply.unchanged:
                yield Answer(ref, None, reply.validators, unchanged=True)
                continue
            data = reply.data if ref.thing is Thing.MESSAGE else [reply.data]
            found = shaped(data, list[_Patch], client)
            yield Answer(ref, _observation(found[0]) if found else None, reply.validators)


def _observation(patch: _Patch) -> Observation:
    state = _STATES.get(patch.state, LinkState.OPEN)
    ref = (patch.commit_ref or "").strip().lower()
    is_hash = len(ref) >= _COMMIT and not ref.strip("0123456789abcdef")
    return Observation(
        state=state,
        said=short(patch.state),
        kind=LinkKind.REVIEW,
        title=short(patch.name),
        owner=short(patch.submitter.name or patch.submitter.email),
        activity=moment(patch.date),
        project=short(patch.project.link_name),
        commit=ref if is_hash and state in (LinkState.MERGED, LinkState.RELEASED) else None,
    )
