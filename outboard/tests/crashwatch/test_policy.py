"""What is done next, for what nova says and what was tried."""

from typing import Any

import msgspec
import pytest
from outboard.crashwatch.brake import Brake
from outboard.crashwatch.nova import Action, Server
from outboard.crashwatch.policy import Ask, End, Facts, Step, Wait, decide
from outboard.crashwatch.record import AGREED, Attempt, Crash, Stage
from outboard.crashwatch.settings import CrashWatchSection

_CRASH = Crash("k", "u", "n", "node1", "s", "e", "crashed", recorded=1000.0)
_SECTION = CrashWatchSection()


def _decide(
    server: Server | None, stopper: str | None = None, *, crash: Crash = _CRASH, **facts: Any
) -> Step:
    given = {"now": 1000.2, "runs": False, "host": "node1"} | facts
    return decide(crash, server, stopper, Facts(**given), _SECTION)


def _tried(*ages: float, result: str = AGREED, now: float = 2000.0) -> tuple[Attempt, ...]:
    return tuple(Attempt(now - age, "reboot", result) for age in ages)


def test_within_novas_window_it_is_rebooted_and_later_started() -> None:
    assert _decide(Server("ACTIVE")) == Ask(Action.REBOOT)
    assert _decide(Server("SHUTOFF"), "") == Ask(Action.START)
    assert _decide(Server("SHUTOFF"), None) == Ask(Action.START)


@pytest.mark.parametrize(
    ("server", "stopper", "facts", "why"),
    [
        (None, None, {}, "no such server"),
        (Server("ACTIVE", host="node2"), None, {}, "on node2"),
        (Server("ACTIVE", metadata={"outboard:auto_recovery": "off"}), None, {}, "opted out by metadata"),
        (Server("ACTIVE", extra_specs={"outboard:auto_recovery": "false"}), None, {}, "opted out by flavor"),
        (Server("SHUTOFF"), "u1", {}, "user u1"),
        (Server("PAUSED"), None, {}, "PAUSED"),
        (Server("ERROR"), None, {}, "ERROR"),
        (Server("ACTIVE"), None, {"now": 9000.0}, "3600 s ago"),
        (Server("ACTIVE"), None, {"runs": True}, "somebody else"),
        (Server("ACTIVE"), None, {"crashed_again": True}, "crashed again"),
    ],
)
def test_not_ours(server: Server | None, stopper: str | None, facts: dict[str, Any], why: str) -> None:
    step = _decide(server, stopper, **facts)
    assert isinstance(step, End)
    assert step.stage is Stage.IGNORED
    assert why in step.why


def test_metadata_of_the_server_outweighs_its_flavor() -> None:
    key = "outboard:auto_recovery"
    assert _decide(Server("ACTIVE", metadata={key: "true"}, extra_specs={key: "false"})) == Ask(Action.REBOOT)


def test_while_nova_is_at_it_we_wait_but_not_for_ever() -> None:
    for server in (Server("ACTIVE", task_state="powering-off"), Server("HARD_REBOOT")):
        assert isinstance(_decide(server), Wait)
        end = _decide(server, now=1181.0)
        assert isinstance(end, End)
        assert end.stage is Stage.GAVE_UP
    asked = msgspec.structs.replace(_CRASH, attempts=_tried(2))
    assert isinstance(_decide(Server("ACTIVE"), crash=asked, now=2000.0, attempts=_tried(2)), Wait)


def test_up_is_by_libvirts_word_and_when_nova_is_done() -> None:
    asked = msgspec.structs.replace(_CRASH, attempts=_tried(2))
    assert isinstance(_decide(Server("ACTIVE", task_state="x"), crash=asked, runs=True, now=2000.0), Wait)
    end = _decide(Server("ACTIVE"), crash=asked, runs=True, now=2000.0)
    assert isinstance(end, End)
    assert end.stage is Stage.RECOVERED


def test_each_further_recovery_waits_longer_and_then_it_is_given_up() -> None:
    crash = msgspec.structs.replace(_CRASH, recorded=1999.0)

    def waits(*ages: float) -> Step:
        return _decide(Server("ACTIVE"), crash=crash, now=2000.0, attempts=_tried(*ages))

    assert waits(4000) == Ask(Action.REBOOT)  # out of the window
    assert isinstance(waits(20), Wait)
    assert waits(31) == Ask(Action.REBOOT)
    assert isinstance(waits(100, 31), Wait)
    assert waits(200, 61) == Ask(Action.REBOOT)
    end = waits(900, 300, 100)
    assert isinstance(end, End)
    assert end.stage is Stage.GAVE_UP


def test_a_guest_that_reboots_do_not_help_is_rebuilt_once_where_that_is_wanted() -> None:
    crash = msgspec.structs.replace(_CRASH, recorded=1999.0)
    wanted = CrashWatchSection(escalate="rebuild", limit=2)

    def step(*tried: Attempt, image: str = "i", section: CrashWatchSection = wanted) -> Step:
        facts = Facts(now=2000.0, runs=False, host="node1", attempts=tried)
        return decide(crash, Server("ACTIVE", image=image), None, facts, section)

    twice = _tried(300, 100)
    assert step(*twice) == Ask(Action.REBUILD, "i")
    assert isinstance(step(*_tried(300, 10)), Wait)
    rebuilt = Attempt(1900.0, "rebuild", AGREED)
    for end in (
        step(*twice, section=CrashWatchSection(limit=2)),
        step(*twice, image=""),  # its root disk is a volume
        step(*twice, rebuilt),
    ):
        assert isinstance(end, End)
        assert end.stage is Stage.GAVE_UP


def test_what_nova_never_agreed_to_is_asked_again_at_once() -> None:
    for result in ("", "away", "conflict"):
        attempts = _tried(1, 1, 1, 1, result=result)
        crash = msgspec.structs.replace(_CRASH, recorded=1999.0, attempts=attempts)
        assert _decide(Server("ACTIVE"), crash=crash, now=2000.0, attempts=attempts) == Ask(Action.REBOOT)
        assert _decide(Server("ERROR"), crash=crash, now=2000.0, attempts=attempts) == Ask(Action.REBOOT)


def test_a_clock_that_jumps_stops_nothing() -> None:
    crash = msgspec.structs.replace(_CRASH, recorded=1999.0, attempts=_tried(-5000))
    step = _decide(Server("ACTIVE"), crash=crash, now=2000.0, attempts=_tried(-5000))
    assert step == Ask(Action.REBOOT)


def test_the_brake_counts_guests_not_crashes_and_lets_go() -> None:
    now = [100.0]
    brake = Brake(CrashWatchSection(brake_least=3, brake_share=0.5), lambda: now[0])
    assert not any(brake.crashed("a", 4) for _ in range(5))
    assert not brake.crashed("b", 4)
    assert brake.wait() == 0
    assert brake.crashed("c", 4)
    assert not brake.crashed("d", 4)  # it is on already
    assert brake.wait() == 300
    now[0] += 200
    brake.crashed("e", 4)
    assert brake.wait() == 300
    now[0] += 301
    assert brake.wait() == 0
    assert not brake.crashed("f", 100)
