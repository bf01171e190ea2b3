"""What to do next about a crash, from what nova says and what was tried. Pure.

Nova waits 15 s after a guest stopped before it believes it, and then stops the server. Within that time
the server is still ACTIVE: a hard reboot brings the guest up, and nova forgets that it had stopped.
Afterwards it is SHUTOFF, stopped in nobody's name, and is started.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from outboard.crashwatch.nova import Action, Server
from outboard.crashwatch.record import AGREED, Attempt, Crash, Stage
from outboard.crashwatch.settings import CrashWatchSection

_BUSY = frozenset({"REBOOT", "HARD_REBOOT", "BUILD", "REBUILD", "MIGRATING", "RESIZE", "PASSWORD"})
_NO = frozenset({"false", "no", "off", "0", "disabled"})
_LOOK_AGAIN = 1.0
# A request that was sent shows as a task at once; after this long without one it is over.
_TASK_SHOWS = 5.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again in so many seconds."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask nova now; ``image`` is for a rebuild."""

    action: Action
    image: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Nothing further to do."""

    stage: Stage
    why: str


Step = Wait | Ask | End


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the crash. ``attempts`` are those of all crashes of the guest."""

    now: float
    runs: bool  # in a later life, by libvirt
    crashed_again: bool = False  # in a later life, which has a record of its own
    host: str = ""
    attempts: Sequence[Attempt] = ()


def decide(
    crash: Crash, server: Server | None, stopper: str | None, facts: Facts, section: CrashWatchSection
) -> Step:
    """The next step. ``server=None``: nova knows none. ``stopper``: see ``Nova.stopped_by``."""
    if server is None:
        return End(Stage.IGNORED, "nova knows no such server")
    if server.host and facts.host and server.host != facts.host:
        return End(Stage.IGNORED, f"nova has it on {server.host}")
    if why := _opted_out(server, section.opt_out):
        return End(Stage.IGNORED, why)
    if facts.crashed_again:
        return End(Stage.RECOVERED if crash.attempts else Stage.IGNORED, "it ran again, and crashed again")
    if facts.runs:
        return _up(crash, server)
    if server.task_state or server.status in _BUSY:
        return _busy(crash, server, facts, section)
    last = crash.attempts[-1] if crash.attempts else None
    if last is not None and last.result == AGREED and 0 <= facts.now - last.at < _TASK_SHOWS:
        return Wait(_LOOK_AGAIN, "nova has been asked")
    return _act(crash, server, stopper, facts, section)


def stopped_matters(server: Server, facts: Facts) -> bool:
    """Whether ``decide`` needs to know who stopped it."""
    return server.status == "SHUTOFF" and not server.task_state and not facts.runs


def _up(crash: Crash, server: Server) -> Step:
    if server.task_state or server.status in _BUSY:
        return Wait(_LOOK_AGAIN, f"it runs, nova is at {server.task_state or server.status}")
    if not crash.attempts:
        return End(Stage.IGNORED, "it runs again, by somebody else")
    return End(Stage.RECOVERED, f"it runs again, {server.status} in nova")


def _busy(crash: Crash, server: Server, facts: Facts, section: CrashWatchSection) -> Step:
    since = crash.attempts[-1].at if crash.attempts else crash.recorded
    what = server.task_state or server.status
    if not 0 <= facts.now - since < section.confirm_within:
        return End(Stage.GAVE_UP, f"nova is at {what} for more than {section.confirm_within:g} s")
    return Wait(_LOOK_AGAIN, f"nova is at {what}")


def _act(crash: Crash, server: Server, stopper: str | None, facts: Facts, section: CrashWatchSection) -> Step:
    if server.status == "SHUTOFF" and stopper:
        return End(Stage.IGNORED, f"user {stopper} stopped it")
    if server.status == "ERROR" and not facts.attempts:
        return End(Stage.IGNORED, "it is in ERROR, not by this crash")
    if server.status not in ("ACTIVE", "SHUTOFF", "ERROR"):
        return End(Stage.IGNORED, f"it is {server.status} in nova")
    if abs(facts.now - crash.recorded) > section.recover_within:
        return End(Stage.IGNORED, f"it crashed more than {section.recover_within:g} s ago")
    # What was never agreed to was no recovery: it is asked again as soon as nova can be.
    recent = [
        each for each in facts.attempts
        if each.result == AGREED and 0 <= facts.now - each.at < section.window
    ]  # fmt: skip
    rebuild = _may_rebuild(server, recent, section)
    if len(recent) >= section.limit and not rebuild:
        return End(Stage.GAVE_UP, f"{len(recent)} recoveries within {section.window:g} s")
    if recent:
        delay = min(section.backoff * 2 ** (len(recent) - 1), section.window)
        due = max(each.at for each in recent) + delay
        if facts.now < due:
            return Wait(due - facts.now, f"recovery {len(recent) + 1} of {section.limit}, it waits")
    if len(recent) >= section.limit:
        return Ask(Action.REBUILD, server.image)
    return Ask(Action.START if server.status == "SHUTOFF" else Action.REBOOT)


def _may_rebuild(server: Server, recent: Sequence[Attempt], section: CrashWatchSection) -> bool:
    return (
        section.escalate == "rebuild"
        and bool(server.image)
        and all(each.action != Action.REBUILD for each in recent)
    )


def _opted_out(server: Server, key: str) -> str:
    for where, words in (("metadata", server.metadata), ("flavor", server.extra_specs)):
        if key in words:
            return f"opted out by {where}" if words[key].strip().lower() in _NO else ""
    return ""
