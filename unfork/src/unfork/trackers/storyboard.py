"""StoryBoard over REST: the stories of OpenStack's smaller projects and of StarlingX's first years."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation, Ref
from unfork.trackers.answers import Answer, kept_validators, moment, one_by_one, shaped, short
from unfork.trackers.client import Client

_STATES = {"merged": LinkState.MERGED, "invalid": LinkState.REJECTED}


class _Story(msgspec.Struct):
    status: str
    title: str = ""
    created_at: str | None = None
    updated_at: str | None = None


class StoryBoard:
    """See ``answers.Tracker``."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """One by one."""
        return one_by_one(refs)

    def ask(self, client: Client, refs: Sequence[Ref], kept: Mapping[str, LinkSeen]) -> Iterator[Answer]:
        """One question for each."""
        for ref in refs:
            reply = client.get(f"/api/v1/stories/{ref.id}", validators=kept_validators(kept, ref))
            if reply.unchanged:
                yield Answer(ref, None, reply.validators, unchanged=True)
                continue
            story = shaped(reply.data, _Story, client)
            observation = Observation(
                state=_STATES.get(story.status, LinkState.OPEN),
                said=short(story.status),
                kind=LinkKind.BUG,
                title=short(story.title),
                activity=moment(story.updated_at or story.created_at),
            )
            yield Answer(ref, observation, reply.validators)
