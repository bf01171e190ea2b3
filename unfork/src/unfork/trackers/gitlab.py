"""GitLab over REST (docs.gitlab.com/api): merge requests and issues, many of a project with one question."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation, Ref, Thing
from unfork.trackers.answers import Answer, moment, shaped, short
from unfork.trackers.client import Client
from unfork.trackers.closing import closed_as

_TOGETHER = 50  # of one project; a page has 100 at most


class _User(msgspec.Struct):
    username: str = ""


class _Milestone(msgspec.Struct):
    title: str = ""


class _Entry(msgspec.Struct):
    """A merge request or an issue."""

    iid: int
    state: str
    title: str = ""
    author: _User | None = None
    assignees: list[_User] = []
    updated_at: str | None = None
    closed_by: _User | None = None
    labels: list[str] = []
    milestone: _Milestone | None = None
    draft: bool = False
    target_branch: str = ""
    sha: str | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None


class GitLab:
    """See ``answers.Tracker``."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """By project and kind."""
        groups: dict[tuple[str, Thing], list[Ref]] = {}
        for ref in refs:
            groups.setdefault((ref.project, ref.thing), []).append(ref)
        return [
            group[at : at + _TOGETHER] for group in groups.values() for at in range(0, len(group), _TOGETHER)
        ]

    def ask(
        self,
        client: Client,
        refs: Sequence[Ref],
        kept: Mapping[str, LinkSeen],  # noqa: ARG002
    ) -> Iterator[Answer]:
        """One question for a batch, never conditional: its ETag is that of the whole list."""
        is_request = refs[0].thing is Thing.MERGE_REQUEST
        what = "merge_requests" if is_request else "issues"
        asked = [*(("iids[]", ref.id) for ref in refs), ("scope", "all"), ("per_page", "100")]
        path = f"/api/v4/projects/{quote(refs[0].project, safe='')}/{what}"
        entries = shaped(client.get(path, asked).data, list[_Entry], client)
        found = {str(each.iid): each for each in entries}
        for ref in refs:
            entry = found.get(ref.id)
            made = None if entry is None else _request(ref, entry) if is_request else _issue(ref, entry)
            yield Answer(ref, made)


def _request(ref: Ref, entry: _Entry) -> Observation:
    author = (entry.author or _User()).username
    by = entry.closed_by.username if entry.closed_by is not None else author
    state = LinkState.OPEN
    if entry.state == "merged":
        state = LinkState.MERGED
    elif entry.state == "closed":
        state = closed_as(entry.labels, refused=by != author)
    # Merged by fast forward it has neither; its head is then what was merged.
    merged_as = entry.merge_commit_sha or entry.squash_commit_sha or entry.sha
    return Observation(
        state=state,
        said="draft" if entry.draft and state is LinkState.OPEN else entry.state,
        kind=LinkKind.MERGE_REQUEST,
        title=short(entry.title),
        owner=author,
        activity=moment(entry.updated_at),
        project=ref.project,
        branch=entry.target_branch,
        commit=merged_as if state is LinkState.MERGED else None,
        revision=entry.sha,
    )


def _issue(ref: Ref, entry: _Entry) -> Observation:
    # GitLab closes an issue without a reason; labels are all that tells a fix from a refusal.
    closed = closed_as(entry.labels) if entry.state == "closed" else LinkState.OPEN
    state = LinkState.MERGED if closed is LinkState.ABANDONED else closed
    owner = entry.assignees[0] if entry.assignees else entry.author or _User()
    return Observation(
        state=state,
        said=entry.state,
        kind=LinkKind.BUG,
        title=short(entry.title),
        owner=owner.username,
        activity=moment(entry.updated_at),
        project=ref.project,
        release=short(entry.milestone.title) if entry.milestone and state is LinkState.MERGED else None,
    )
