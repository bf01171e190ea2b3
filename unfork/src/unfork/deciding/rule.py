"""Which decisions hold for which patch of a series."""

import difflib
from collections.abc import Sequence

from unfork.deciding.check import clash
from unfork.errors import InputError
from unfork.model import Patch
from unfork.model.decision import Decision, Ruling


def spelled(name: str) -> str:
    """A patch's name as a decision writes it: undecodable bytes of a file's name are written out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def rule(decisions: Sequence[Decision], patches: Sequence[Patch]) -> list[Ruling]:
    """The decisions about each patch: found by content, then by name.

    The patch that has both is meant alone. A patch found by its name only has changed since, and
    its ruling says so. Raises ``InputError`` for a decision about a patch that the series does not
    have, and for two that contradict each other on one patch.
    """
    names = [spelled(patch.name) for patch in patches]
    held: list[list[Decision]] = [[] for _ in patches]
    for each in decisions:
        named = [at for at, name in enumerate(names) if name == each.patch]
        same = [at for at, patch in enumerate(patches) if patch.id == each.id]
        places = [at for at in same if at in named] or same or named
        if not places:
            raise _unknown(each, names)
        for at in places:
            held[at].append(each)
    return [_ruling(found, patch) for found, patch in zip(held, patches, strict=True)]


def _ruling(held: Sequence[Decision], patch: Patch) -> Ruling:
    outcomes = [each for each in held if each.kind.is_outcome]
    for at, each in enumerate(held):
        for other in held[:at]:
            reason = clash(each, other)
            if each.kind is other.kind and each.kind.is_outcome and _said(each) != _said(other):
                reason = f"one says {each}, one says {other}"
            if reason:
                raise InputError(
                    f"decisions about {each.patch!r} and {other.patch!r} both hold for {patch.name!r} "
                    f"and contradict each other: {reason}",
                    where=each.where,
                    hint=f"the other is at {other.where}: take one out",
                )
    return Ruling(
        outcome=outcomes[0] if outcomes else None,
        refused=tuple(each for each in held if not each.kind.is_outcome),
        changed=tuple(each for each in held if each.id != patch.id),
    )


def _said(decision: Decision) -> tuple[object, ...]:
    return decision.kind, decision.commits, decision.text


def _unknown(decision: Decision, names: Sequence[str]) -> InputError:
    near = difflib.get_close_matches(decision.patch, names, n=1, cutoff=0.6)
    offer = f"nearest: {near[0]}; " if near else ""
    return InputError(
        f"a decision names {decision.patch!r}, and the series has neither that name nor that content",
        where=decision.where,
        hint=f"{offer}when it is gone for good: unfork decide PATCH --forget",
    )
