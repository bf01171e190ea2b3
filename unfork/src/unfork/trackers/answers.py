"""What all trackers have in common: an answer, and how its parts are read from data of unknown honesty."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from unfork.model.tracker import LinkSeen, Observation, Ref
from unfork.trackers.client import NO_VALIDATORS, Client, Validators
from unfork.trackers.no_answer import NoAnswerError

T = TypeVar("T")
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")  # Gerrit's; Python reads millionths
_LONGEST = 300  # characters of a title or a reason that are kept


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tracker said of one reference."""

    ref: Ref
    observation: Observation | None  # None: there is no such thing
    validators: Validators = NO_VALIDATORS
    unchanged: bool = False  # the observation is the one kept


class Tracker(Protocol):
    """A module of one kind of tracker."""

    def batches(self, refs: Sequence[Ref]) -> list[list[Ref]]:
        """The references put together as they are asked for: each with one question or few."""

    def ask(self, client: Client, refs: Sequence[Ref], kept: Mapping[str, LinkSeen]) -> Iterator[Answer]:
        """The answers for one batch. ``kept`` is what is known, by key. Raises ``NoAnswerError``."""


def one_by_one(refs: Sequence[Ref]) -> list[list[Ref]]:
    """Batches for an interface that answers one question at a time."""
    return [[ref] for ref in refs]


def shaped(data: Any, form: type[T], client: Client) -> T:
    """Data in the form that the interface is documented to have; raises ``NoAnswerError`` otherwise."""
    try:
        return msgspec.convert(data, form, strict=False)
    except msgspec.ValidationError as error:
        raise NoAnswerError(
            f"does not answer as {client.host.kind} does: {error}",
            "check kind and api of this tracker in unfork.toml",
            whole_host=True,
        ) from error


def moment(text: str | None) -> datetime | None:
    """A time as interfaces write it; without a zone it is UTC. ``None`` for none, or what is no time."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", text.strip()))
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def short(text: str | None) -> str:
    """A text on one line, as much of it as is kept."""
    return " ".join((text or "").split())[:_LONGEST]


def kept_validators(kept: Mapping[str, LinkSeen], ref: Ref) -> Validators:
    """What makes a question conditional, when the answer to it is still there."""
    seen = kept.get(ref.key)
    if seen is None or seen.observation is None:
        return NO_VALIDATORS
    return Validators(seen.etag, seen.modified)


def latest(*times: datetime | None) -> datetime | None:
    """The last of some times."""
    return max((each for each in times if each is not None), default=None)
