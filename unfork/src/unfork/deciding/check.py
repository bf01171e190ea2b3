"""From the values of a block to a decision, and what decisions must not say together."""

import difflib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unfork.deciding.blocks import Block
from unfork.errors import InputError
from unfork.model.decision import Decision, DecisionKind

KEYS = ("patch", "id", "kind", "commits", "text", "why", "by", "date")
_ALWAYS = ("patch", "id", "kind", "by", "date")
_NEEDS = {
    DecisionKind.IS: "commits",
    DecisionKind.NOT: "commits",
    DecisionKind.REPLACED_BY: "text",
    DecisionKind.KEEP: "why",
}
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def decision_of(values: Mapping[str, Any], block: Block, path: str) -> Decision:
    """The decision a block holds; raises ``InputError`` naming the line of the first mistake."""

    def wrong(key: str, what: str, hint: str | None = None) -> InputError:
        return InputError(what, where=f"{path}:{block.line_of(key)}", hint=hint)

    for key in values:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.5)
            raise wrong(
                key,
                f"unknown key {key!r}",
                f"did you mean {near[0]}?" if near else f"known: {', '.join(KEYS)}",
            )
    for key in _ALWAYS:
        if key not in values:
            raise wrong(key, f"the decision has no {key}", "unfork decide writes a whole one")
    for key in set(values) - {"commits", "date"}:
        if not isinstance(values[key], str) or not values[key].strip():
            raise wrong(key, f"{key} must be a text that is not empty", f'{key} = "..."')
    kind = _kind(values["kind"], wrong)
    for key in ("commits", "text"):
        if key in values and _NEEDS[kind] != key:
            raise wrong(key, f"a decision of kind {kind} has no {key}", "take the line out")
    if _NEEDS[kind] not in values:
        raise wrong("kind", f"a decision of kind {kind} needs {_NEEDS[kind]}")
    date = values["date"]
    if not isinstance(date, datetime) or date.tzinfo is None:
        raise wrong("date", "date must be a time in UTC", "date = 2026-01-31T12:00:00Z")
    return Decision(
        patch=values["patch"],
        id=values["id"],
        kind=kind,
        by=values["by"],
        date=date.astimezone(UTC),
        commits=_commits(values.get("commits"), wrong),
        text=values.get("text"),
        why=values.get("why"),
        where=f"{path}:{block.line}",
    )


def check_together(decisions: Sequence[Decision]) -> None:
    """Raise ``InputError`` for duplicates and for decisions that contradict each other."""
    met: dict[str, list[Decision]] = {}
    for each in decisions:
        for other in met.get(each.patch, ()):
            _check_pair(each, other)
        met.setdefault(each.patch, []).append(each)


def clash(one: Decision, other: Decision) -> str | None:
    """Why two decisions about the same patch cannot both hold; ``None`` when they can."""
    both = set(one.commits) & set(other.commits)
    if one.kind is not other.kind and both:
        return f"it cannot be {min(both)[:12]} and not be it"
    if one.kind is not other.kind and one.kind.is_outcome and other.kind.is_outcome:
        return f"it cannot be both {one.kind} and {other.kind}"
    return None


def _check_pair(each: Decision, other: Decision) -> None:
    line = other.where.rpartition(":")[2]
    if each.kind is other.kind:
        raise InputError(
            f"a second decision {str(each.kind)!r} for {each.patch!r}",
            where=each.where,
            hint=f"the first is on line {line}: make them one",
        )
    reason = clash(each, other)
    if reason:
        raise InputError(
            f"two decisions for {each.patch!r} contradict each other: {reason}",
            where=each.where,
            hint=f"the other is on line {line}: take one out",
        )


def _kind(value: str, wrong: Any) -> DecisionKind:
    if value not in set(DecisionKind):
        raise wrong("kind", f"unknown kind {value!r}", f"known: {', '.join(DecisionKind)}")
    return DecisionKind(value)


def _commits(value: object, wrong: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise wrong("commits", "commits must be an array of full hashes", 'commits = ["..."]')
    for each in value:
        if not isinstance(each, str) or not _HASH.fullmatch(each):
            raise wrong(
                "commits", f"{each!r} is no full hash of a commit", "git rev-parse gives the full one"
            )
    if len(set(value)) < len(value):
        twice = next(each for each in value if value.count(each) > 1)
        raise wrong("commits", f"{twice[:12]} is named twice", "once is enough")
    return tuple(sorted(value))
