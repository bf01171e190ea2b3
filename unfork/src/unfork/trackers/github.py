"""GitHub over REST (docs.github.com/rest): pull requests and issues, which share their numbers."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation, Ref, Thing
from unfork.trackers.answers import Answer, kept_validators, moment, one_by_one, shaped, short
from unfork.trackers.client import Client
from unfork.trackers.closing import closed_as


class _User(msgspec.Struct):
    login: str = ""


class _Label(msgspec.Struct):
    name: str = ""


class _Branch(msgspec.Struct):
    ref: str = ""
    sha: str = ""


class _Named(msgspec.Struct):
    title: str = ""
    tag_name: str = ""


class _Thread(msgspec.Struct):
    """What a pull request and an issue have in common."""

    state: str
    title: str = ""
    user: _User | None = None
    updated_at: str | None = None
    labels: list[_Label] = []
    milestone: _Named | None = None
    assignee: _User | None = None


class _Issue(_Thread):
    closed_by: _User | None = None
    state_reason: str | None = None
    pull_request: dict[str, object] | None = None


class _Pull(_Thread):
    merged: bool = False
    draft: bool = False
    merge_commit_sha: str | None = None
    head: _Branch = msgspec.field(default_factory=_Branch)
    base: _Branch = msgspec.field(default_factory=_Branch)


class GitHub:
    """See ``answers.Tracker``. Questions are conditional: an answer "unchanged" is not counted by GitHub."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """One by one; only its GraphQL knows batches, and asks for a token."""
        return one_by_one(refs)

    def ask(self, client: Client, refs: Sequence[Ref], kept: Mapping[str, LinkSeen]) -> Iterator[Answer]:
        """A question for each; two for an ORG/REPO#1 that turns out to be a pull request, or was closed."""
        for ref in refs:
            seen = kept.get(ref.key)
            before = seen.observation if seen is not None else None
            is_pull = ref.thing is Thing.PULL or (
                before is not None and before.kind is LinkKind.MERGE_REQUEST
            )
            yield _pull(client, ref, kept) if is_pull else _issue(client, ref, kept)


def _issue(client: Client, ref: Ref, kept: Mapping[str, LinkSeen]) -> Answer:
    reply = client.get(f"/repos/{ref.project}/issues/{ref.id}", validators=kept_validators(kept, ref))
    if reply.unchanged:
        return Answer(ref, None, reply.validators, unchanged=True)
    issue = shaped(reply.data, _Issue, client)
    if issue.pull_request is not None:
        return _pull(client, ref, {})
    state, said = LinkState.OPEN, issue.state
    if issue.state == "closed":
        said = issue.state_reason or issue.state
        done = said in ("completed", "closed")
        words = [said.replace("_", " "), *(each.name for each in issue.labels)]
        state = closed_as([] if done else words, refused=not done)
        # A closed issue is fixed unless something says otherwise.
        state = LinkState.MERGED if done else state
    assigned = issue.assignee or issue.user or _User()
    return Answer(
        ref,
        Observation(
            state=state,
            said=said,
            kind=LinkKind.BUG,
            title=short(issue.title),
            owner=assigned.login,
            activity=moment(issue.updated_at),
            project=ref.project,
            release=short(issue.milestone.title) if issue.milestone and state is LinkState.MERGED else None,
        ),
        reply.validators,
    )


def _pull(client: Client, ref: Ref, kept: Mapping[str, LinkSeen]) -> Answer:
    reply = client.get(f"/repos/{ref.project}/pulls/{ref.id}", validators=kept_validators(kept, ref))
    if reply.unchanged:
        return Answer(ref, None, reply.validators, unchanged=True)
    pull = shaped(reply.data, _Pull, client)
    author = (pull.user or _User()).login
    state = LinkState.OPEN
    if pull.merged:
        state = LinkState.MERGED
    elif pull.state == "closed":
        # Only the issue of the same number knows who closed it.
        issue = shaped(client.get(f"/repos/{ref.project}/issues/{ref.id}").data, _Issue, client)
        by = issue.closed_by.login if issue.closed_by is not None else author
        state = closed_as([each.name for each in pull.labels], refused=by != author)
    observation = Observation(
        state=state,
        said="merged" if pull.merged else "draft" if pull.draft and state is LinkState.OPEN else pull.state,
        kind=LinkKind.MERGE_REQUEST,
        title=short(pull.title),
        owner=author,
        activity=moment(pull.updated_at),
        project=ref.project,
        branch=pull.base.ref,
        commit=pull.merge_commit_sha if pull.merged else None,
        revision=pull.head.sha or None,
    )
    return Answer(ref, observation, reply.validators)
