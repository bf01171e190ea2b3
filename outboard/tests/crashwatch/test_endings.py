"""Which ends are new, and which of them are crashes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outboard.crashwatch.endings import SHUTOFF_CRASHED, STOPPED_FAILED, Known, Sight, account, unseen
from outboard.exits.qemu_log import Life, QemuLogs, parse_lives, seconds, stamp

_LOG = """\
2026-11-24 15:28:24.143+0000: starting up libvirt version: 9.0.0, package: x, qemu version: 7.2.22
LC_ALL=C \\
/usr/bin/qemu-system-x86_64 \\
-msg timestamp=on
2026-11-24 15:28:24.143+0000: Domain id=1 is tainted: high-privileges
qemu-system-x86_64: ../hw/x.c:7: f: Assertion `y' failed.
2026-11-24 15:28:24.811+0000: shutting down, reason=crashed
2026-11-24 15:28:24.900+0000: shutting down, reason=crashed
2026-11-24 15:28:25.000+0000: shutting down, reason=failed
2026-11-24 15:29:00.000+0000: starting up libvirt version: 9.0.0, package: x, qemu version: 7.2.22
2026-11-24T15:29:34.124351Z qemu-system-x86_64: terminating on signal 15 from pid 1 (/sbin/init)
2026-11-24 15:29:35.047+0000: shutting down, reason=crashed
2026-11-24 15:30:00.000+0000: starting up libvirt version: 9.0.0, package: x, qemu version: 7.2.22
"""
_RUNS, _OFF = Sight(running=True), Sight(running=False, reason=0)
_CRASHED = Sight(running=False, reason=SHUTOFF_CRASHED)
_NOW = "2026-11-24 16:00:00.000+0000"
_OLD = "2026-01-01 00:00:00.000+0000"


def test_a_log_is_read_as_lives() -> None:
    crashed, terminated, runs = parse_lives(_LOG, 20)  # an end that is told again is no other
    assert (crashed.start, crashed.end, crashed.reason) == (
        "2026-11-24 15:28:24.143+0000", "2026-11-24 15:28:24.811+0000", "crashed",
    )  # fmt: skip
    assert crashed.tail == ("qemu-system-x86_64: ../hw/x.c:7: f: Assertion `y' failed.",)
    assert terminated.terminated
    assert not crashed.terminated
    assert (runs.end, runs.reason) == ("", "")
    assert parse_lives(_LOG, 0)[0].tail == ()
    cut = parse_lives(_LOG[_LOG.index("qemu-system-x86_64: ") :], 20)[0]
    assert (cut.start, cut.end, cut.tail) == (crashed.end, crashed.end, crashed.tail)
    assert stamp(seconds(crashed.start)) == crashed.start


def test_last_words_that_come_late_belong_to_the_life_that_ended() -> None:
    """virtlogd reads QEMU's pipe when it comes to it; libvirt's line may be first."""
    end, words = (
        "2026-11-24 15:29:35.047+0000: shutting down, reason=crashed\n",
        _LOG.splitlines(keepends=True)[10],
    )
    first, late = parse_lives(_LOG.replace(words + end, end + words), 20)[:2]
    assert late.terminated
    assert not first.terminated


def test_a_log_is_only_read_when_it_changed_and_never_elsewhere(tmp_path: Path) -> None:
    logs = QemuLogs(tmp_path, 5)
    assert logs.lives("guest") == ()
    path = tmp_path / "guest.log"
    path.write_text(_LOG)
    assert logs.lives("guest") is logs.lives("guest")
    with path.open("a") as stream:
        stream.write("2026-11-24 15:30:01.000+0000: shutting down, reason=shutdown\n")
    assert logs.lives("guest")[-1].reason == "shutdown"
    for name in ("../guest", "", ".."):
        assert logs.lives(name) == ()
    (tmp_path / "link.log").symlink_to(path)
    with pytest.raises(OSError, match="symbolic"):
        logs.lives("link")


def test_each_end_in_the_log_is_seen_once() -> None:
    lives = parse_lives(_LOG, 20)
    known = Known("g", lives[0].start, ended=False)
    found = unseen(known, lives, _RUNS, _OLD, _NOW)
    assert found == lives[:2]
    after = account(known, "g", lives, _RUNS, _NOW)
    assert after == Known("g", lives[-1].start, ended=False)
    assert unseen(after, lives, _RUNS, _OLD, _NOW) == ()


def test_a_guest_never_known_counts_from_since_on() -> None:
    lives = parse_lives(_LOG, 20)
    assert len(unseen(None, lives, _RUNS, _OLD, _NOW)) == 2
    assert unseen(None, lives, _RUNS, _NOW, _NOW) == ()


@pytest.mark.parametrize(
    ("sight", "reason"),
    [
        (Sight(running=False, detail=STOPPED_FAILED), "crashed"),
        (Sight(running=True, detail=STOPPED_FAILED), "crashed"),  # it runs again by now
        (_CRASHED, "crashed"),
        (Sight(running=False, detail=0), "shutdown"),
        (Sight(running=False, detail=1), "shutdown"),
        (Sight(running=False, reason=2), "shutdown"),
        (_OFF, ""),
    ],
)
def test_without_a_log_libvirts_word_has_to_do(sight: Sight, reason: str) -> None:
    known = Known("g", _OLD, ended=False)
    assert [life.reason for life in unseen(known, (), sight, _OLD, _NOW)] == [reason]
    after = account(known, "g", (), sight, _NOW)
    assert unseen(after, (), Sight(sight.running, reason=sight.reason), _OLD, _NOW) == ()


def test_where_the_log_is_behind_libvirt_the_last_words_count_too() -> None:
    text = _LOG[: _LOG.index("2026-11-24 15:29:35")]
    lives = parse_lives(text, 20)
    known = Known("g", lives[-1].start, ended=False)
    (life,) = unseen(known, lives, _CRASHED, _OLD, _NOW)
    assert (life.end, life.reason, life.terminated) == (_NOW, "crashed", True)


def test_an_event_that_comes_late_does_not_end_the_life_that_began_since() -> None:
    lives = parse_lives(_LOG, 20)
    known = Known("g", lives[-1].start, ended=False)  # a look at everything was first
    for detail in (0, 1, STOPPED_FAILED):
        late = Sight(running=True, detail=detail)
        assert unseen(known, lives, late, _OLD, _NOW) == ()
        assert account(known, "g", lives, late, _NOW) == known


def test_a_life_that_began_after_libvirt_was_asked_is_not_ended_by_its_answer() -> None:
    first = Life("2026-11-24 15:00:00.000+0000", "2026-11-24 15:01:00.000+0000", "crashed")
    second = Life("2026-11-24 15:01:01.000+0000")
    known = Known("g", first.start, ended=False)
    found = unseen(known, (first, second), _CRASHED, _OLD, _NOW)
    assert found == (first,)
    assert account(known, "g", (first, second), _CRASHED, _NOW) == Known("g", second.start, ended=False)


_REASONS = st.sampled_from(["crashed", "shutdown", "destroyed", "migrated"])


@given(
    reasons=st.lists(_REASONS, max_size=12),
    looks=st.lists(st.integers(0, 24), max_size=12),
    running=st.booleans(),
)
def test_however_the_looks_fall_every_end_is_seen_exactly_once(
    reasons: list[str], looks: list[int], running: bool
) -> None:
    whole = [Life(stamp(1e9 + 10 * n), stamp(1e9 + 10 * n + 5), why) for n, why in enumerate(reasons)]
    if running:
        whole.append(Life(stamp(2e9)))
    steps = [(n, done) for n in range(len(whole)) for done in (False, True)]
    seen: list[str] = []
    known: Known | None = None
    for look in [*sorted(look for look in looks if look < len(steps)), len(steps) - 1]:
        if look < 0:
            continue
        number, done = steps[look]
        now = tuple(whole[:number]) + ((whole[number],) if done else (Life(whole[number].start),))
        sight = Sight(running=not now[-1].end, reason=0)
        seen += [life.start for life in unseen(known, now, sight, _LONG_AGO, _NOW)]
        known = account(known, "g", now, sight, _NOW)
    assert seen == [life.start for life in whole if life.end]


_LONG_AGO = "1970-01-01 00:00:00.000+0000"
