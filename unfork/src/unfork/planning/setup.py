"""What a plan says of checks and of the cutover can be done: names are defined, numbers make sense."""

import re
from collections.abc import Iterable
from typing import Any

from unfork.errors import InputError
from unfork.model.plan import Plan, ResultFormat, TrackCheck
from unfork.planning.convert import nearest
from unfork.planning.tree import Tree

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}")  # it names files
_MOST = 1000  # repetitions


def check_setup(plan: Plan, main: Tree) -> None:
    """Raise ``InputError`` for the first check, and for a cutover, that cannot be as it is written."""
    for name, rule in plan.head.checks.items():
        held = main.root["checks"]
        problem = _problem(name, rule)
        if problem is not None:
            raise InputError(f"check {name}: {problem[0]}", where=main.where(held, name), hint=problem[1])
        tracks = plan.head.tracks
        for track in (*rule.only, *rule.tracks):
            if tracks and track not in tracks:
                raise _unknown("track", track, tracks, main, held, name)
        for project in rule.projects:
            if project not in plan.head.projects:
                raise _unknown("project", project, plan.head.projects, main, held, name)
    cutover = plan.head.cutover
    if cutover is None:
        return
    held = main.root["cutover"]
    for key, named in (("old", cutover.old), ("new", cutover.new)):
        if named is not None and plan.head.tracks and named not in plan.head.tracks:
            raise _unknown("track", named, plan.head.tracks, main, held, key)
    people = (
        *cutover.signers,
        *(each.by for each in cutover.signed),
        *(each.by for each in cutover.accepted),
    )
    for person in people:
        if person is not None and person not in plan.head.people:
            raise _unknown("owner", person, plan.head.people, main, held, "signers")


def _problem(name: str, rule: TrackCheck) -> tuple[str, str] | None:
    if not _NAME.fullmatch(name):
        return "this is no name", "letters, digits, '.', '_' and '-'"
    if not rule.command or not rule.command[0]:
        return "it has no command", "command: [PROGRAM, ARGUMENT]"
    if any("\0" in word for word in (*rule.command, *rule.set, *rule.set.values())):
        return "a word of it has a character of no width", "take it out"
    if not 0 < rule.timeout < 1e7:
        return f"timeout: {rule.timeout:g} seconds", "a number of seconds above 0"
    if not 1 <= rule.repeat <= _MOST:
        return f"repeat: {rule.repeat} repetitions", f"1 to {_MOST}"
    needs = rule.format not in (ResultFormat.EXIT_CODE, ResultFormat.STESTR)
    if needs and not rule.results:
        return "it is not said where its results are", "results: FILE, or '-' for what it prints"
    return None


def _unknown(what: str, word: str, known: Iterable[str], main: Tree, held: Any, key: str) -> InputError:
    return InputError(f"unknown {what} {word!r}", where=main.where(held, key), hint=nearest(word, known))
