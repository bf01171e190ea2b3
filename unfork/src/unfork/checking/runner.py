"""Runs a check: its command as often as it says, each time under a warden, and reads what it found."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from unfork.checking import journal
from unfork.checking.evidence import Source
from unfork.checking.results import LARGEST, Result
from unfork.checking.tally import Tallies
from unfork.checking.unreadable import UnreadableError
from unfork.errors import InputError
from unfork.model.plan import ResultFormat, TrackCheck
from unfork.model.tested import CheckRun, Finish, Outcome, Repetition
from unfork.progress import Progress

_WARDEN = Path(__file__).with_name("warden.py")
# What a program needs to be found and to run at all; everything else a check names.
_BASE = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TZ")
_SECRET = 4  # characters: a shorter value would take the sense out of what is printed
_PRINTED = "-"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and for what a check is run."""

    track: str
    worktree: Path
    commit: str
    folder: Path  # for the output and the journal; the caller holds its lock


def digest_of(rule: TrackCheck) -> str:
    """Changes when anything does in how a check is declared that its results depend on."""
    told = msgspec.structs.replace(
        rule, title=None, repeat=1, keep=1, timeout=0, tracks={}, only=(), projects=(), cutover=True
    )
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:16]


def run_check(name: str, rule: TrackCheck, place: Place, run: str, progress: Progress) -> CheckRun:
    """Run a check on a track. Raises ``InputError`` for what is the machine's fault, such as a full disk."""
    folder = (place.worktree / rule.folder).resolve()
    if not folder.is_relative_to(place.worktree.resolve()) or not folder.is_dir():
        raise InputError(
            f"check {name}: there is no folder {rule.folder!r} in the worktree", where=str(place.worktree)
        )
    # A check of an earlier day is overwritten: what it found is in the store.
    kept = place.folder / f"{name}.log"
    at = datetime.now(UTC)
    repetitions, tallies = [], Tallies()
    progress.start(f"{name} on {place.track}", rule.repeat)
    try:
        for number in range(max(rule.repeat, 1)):
            path = kept if number == 0 else place.folder / f"{name}.{number + 1}.log"
            repetition, results = _once(name, rule, place, folder, path, run)
            repetitions.append(repetition)
            tallies.add(results)
            progress.advance()
            if repetition.finish is Finish.MISSING:
                break  # it will be as missing the next time
    finally:
        progress.finish()
    return CheckRun(name, at, tuple(repetitions), tallies.tests(), digest_of(rule), str(kept))


def _once(
    name: str, rule: TrackCheck, place: Place, folder: Path, output: Path, run: str
) -> tuple[Repetition, dict[str, Result]]:
    printed = rule.results == _PRINTED
    stream = place.folder / f"{name}.results"
    source = _source(rule, stream if printed else folder)
    before = None if source is None or printed else source.mark()
    began = time.time()
    env, secrets = environment_of(rule, place, run)
    answer = _under_warden(
        {
            "command": [_found(rule.command[0], folder, env), *rule.command[1:]],
            "folder": str(folder),
            "env": env,
            "secrets": secrets,
            "timeout": rule.timeout,
            "output": str(output),
            "keep": max(rule.keep, 1) << 20,
            "results": str(stream) if printed else None,
            "most": LARGEST,
        }
    )
    try:
        return _judged(rule, answer, source, before, began, place.worktree)
    finally:
        if printed:
            stream.unlink(missing_ok=True)


def _judged(
    rule: TrackCheck, answer: Mapping[str, Any], source: Source | None, before: Any, began: float, root: Path
) -> tuple[Repetition, dict[str, Result]]:
    if answer["finish"] == "missing":
        why = f"{rule.command[0]}: {answer['why']}"
        return Repetition(Finish.MISSING, None, 0.0, 0, 0, why), {}
    code, late = answer["code"], answer["finish"] == "timed-out"

    def repetition(finish: Finish, why: str = "") -> Repetition:
        own = None if late or answer["too_much"] else code
        return Repetition(finish, own, answer["seconds"], answer["printed"], answer["ended"], why)

    if late:
        return repetition(Finish.TIMED_OUT, f"still running after {rule.timeout:g} s"), {}
    ended = f"exit code {code}" if code is None or code >= 0 else f"ended by signal {-code}"
    if source is None:
        return repetition(Finish.FAILED, ended) if code else repetition(Finish.PASSED), {}
    try:
        if answer["too_much"]:
            raise UnreadableError(f"its results are larger than {LARGEST >> 20} MB")
        results = source.read(before, began, root)
    except UnreadableError as problem:
        if code:
            return repetition(Finish.FAILED, f"{ended}; results: {problem}"), {}
        return repetition(Finish.UNREADABLE, str(problem)), {}
    failed = sum(each.outcome is Outcome.FAILED for each in results.values())
    if failed:
        return repetition(Finish.FAILED, f"{failed} of {len(results)} tests failed"), results
    if code:
        return repetition(Finish.FAILED, f"{ended}, and no test failed"), results
    return repetition(Finish.PASSED), results


def _source(rule: TrackCheck, folder: Path) -> Source | None:
    if rule.format is ResultFormat.EXIT_CODE:
        return None
    if rule.results == _PRINTED:
        return Source(folder, rule.format)
    default = ".stestr" if rule.format is ResultFormat.STESTR else ""
    return Source(folder / (rule.results or default), rule.format)


def _found(program: str, folder: Path, env: Mapping[str, str]) -> str:
    """The program as the check's PATH has it; one with a folder is below the check's folder."""
    if "/" in program:
        return program if program.startswith("/") else str(folder / program)
    return shutil.which(program, path=env.get("PATH")) or program


def environment_of(rule: TrackCheck, place: Place, run: str) -> tuple[dict[str, str], list[str]]:
    """The environment of a check, and which values of it must not be written down."""
    env = {name: os.environ[name] for name in _BASE if name in os.environ}
    passed = {name: os.environ[name] for name in rule.env if name in os.environ}
    env |= passed | rule.set | rule.tracks.get(place.track, {})
    env |= {
        "UNFORK_TRACK": place.track,
        "UNFORK_WORKTREE": str(place.worktree),
        "UNFORK_COMMIT": place.commit,
        journal.COOKIE: run,
    }
    return env, [value for value in passed.values() if len(value) >= _SECRET]


def _under_warden(job: Mapping[str, Any]) -> dict[str, Any]:
    """Have the warden do a job; its input stays open as long as we live."""
    with subprocess.Popen(
        [sys.executable, "-I", str(_WARDEN)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us: the warden hears of it by our end
    ) as warden:
        assert warden.stdin is not None  # noqa: S101 - for the type checker: we asked for pipes
        assert warden.stdout is not None  # noqa: S101
        try:
            warden.stdin.write(json.dumps(job).encode() + b"\n")
            warden.stdin.flush()
            said = warden.stdout.readline()
        except BrokenPipeError:
            said = b""
        finally:
            warden.stdin.close()
    if not said:
        journal.end_marked(job["env"][journal.COOKIE])
        raise InputError(
            "the process that watches the check was ended from outside",
            where=str(job["output"]),
            hint="what the check had started was ended too; run it again",
        )
    answer: dict[str, Any] = json.loads(said)
    if "error" in answer:
        raise InputError(f"cannot write: {answer['error']}", where=str(answer["where"]))
    return answer
