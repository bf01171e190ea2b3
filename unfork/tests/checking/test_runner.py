"""Checks that hang, fork away, print without end, are missing, or leave another day's results."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from unfork.checking import Place, Running, begin, clean_up, run_check
from unfork.checking.journal import COOKIE
from unfork.errors import InputError
from unfork.model.plan import ResultFormat, TrackCheck
from unfork.model.tested import CheckRun, Finish, Standing
from unfork.progress import Silent

JUNIT = "<testsuite><testcase name='a'/></testsuite>"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("tree", "kept"):
        (tmp_path / name).mkdir()
    return Place("new", tmp_path / "tree", "c" * 40, tmp_path / "kept")


def check(place: Place, script: str, **rule: object) -> CheckRun:
    """Run a script of the shell as a check."""
    return run_check(
        "unit", TrackCheck(command=("sh", "-c", script), **rule), place, f"run-{place.folder}", Silent()
    )  # type: ignore[arg-type]


def alive(marker: str) -> list[int]:
    """Processes that have a word in their command line."""
    found = []
    for each in psutil.process_iter(["cmdline", "status"]):
        if any(marker in word for word in each.info["cmdline"] or ()) and each.info["status"] != "zombie":
            found.append(each.pid)
    return found


def printed(run: CheckRun) -> str:
    return Path(run.output).read_text(encoding="utf-8", errors="replace")


def test_an_exit_code_is_an_answer(place: Place) -> None:
    good, bad = check(place, "echo fine"), check(place, "echo broken; exit 3")
    assert (good.standing, good.repetitions[0].code, good.repetitions[0].why) == (Standing.PASSES, 0, "")
    assert (bad.standing, bad.repetitions[0].code, bad.repetitions[0].why) == (
        Standing.FAILS,
        3,
        "exit code 3",
    )
    assert printed(bad) == "broken\n"


def test_a_check_that_hangs_is_ended_at_its_time(place: Place) -> None:
    began = time.monotonic()
    run = check(place, "trap '' TERM; echo begun; sleep 300", timeout=0.5)
    assert time.monotonic() - began < 30
    assert (run.repetitions[0].finish, run.standing) == (Finish.TIMED_OUT, Standing.FAILS)
    assert run.repetitions[0].why == "still running after 0.5 s"
    assert printed(run) == "begun\n"


def test_what_forks_away_into_a_session_of_its_own_is_ended(place: Place) -> None:
    word = f"daemon-{os.getpid()}-{time.time_ns()}"
    daemon = f"{sys.executable} -c 'import time; time.sleep(300)' {word}"
    run = check(
        place,
        f"env -i setsid {daemon} </dev/null >/dev/null 2>&1 & env -i setsid {daemon} & sleep 0.3; exit 0",
    )
    assert run.standing is Standing.PASSES
    assert run.repetitions[0].ended >= 2
    assert alive(word) == []


def test_what_prints_without_end_keeps_its_beginning_and_its_end(place: Place) -> None:
    run = check(place, "echo first; head -c 40000000 /dev/zero | tr '\\0' x; echo; echo last", keep=1)
    size = Path(run.output).stat().st_size
    assert run.repetitions[0].printed == 40_000_000 + len("first\n\nlast\n")
    assert size < 2 << 20
    assert printed(run).startswith("first\n") and printed(run).endswith("last\n")
    assert "bytes are left out here" in printed(run)


def test_a_missing_command_and_one_that_may_not_be_run(place: Place) -> None:
    for command in ("no-such-program-here", "./data"):
        (place.worktree / "data").write_text("x")
        rule = TrackCheck(command=(command,), repeat=3)
        run = run_check("unit", rule, place, "r", Silent())
        assert (run.standing, len(run.repetitions)) == (Standing.UNKNOWN, 1)
        assert run.repetitions[0].finish is Finish.MISSING and command in run.repetitions[0].why


def test_it_sees_the_variables_it_names_and_no_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSED", "passed-on")
    monkeypatch.setenv("OTHER", "not-passed-on")
    script = "env | sort"
    run = check(
        place,
        script,
        env=("PASSED", "UNSET"),
        set={"SET": "set", "CLOUD": "all"},
        tracks={"new": {"CLOUD": "new"}, "old": {"CLOUD": "old"}},
    )
    text = printed(run)
    assert "CLOUD=new\n" in text and "SET=set\n" in text and "UNFORK_TRACK=new\n" in text
    assert f"UNFORK_COMMIT={'c' * 40}\n" in text and "OTHER" not in text and "UNSET" not in text


def test_values_passed_on_are_not_written_down(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PASSWORD", "correct horse")
    script = 'printf "correct ho"; sleep 0.2; printf "rse\\n"; echo $OS_PASSWORD; echo end'
    run = check(place, script, env=("OS_PASSWORD",))
    assert printed(run) == "***\n***\nend\n"


def test_results_are_read(place: Place) -> None:
    run = check(place, f'echo "{JUNIT}" > r.xml', format=ResultFormat.JUNIT, results="r.xml", repeat=2)
    assert (run.standing, run.tests[0].name, run.tests[0].passed) == (Standing.PASSES, "a", 2)


def test_results_that_are_printed_are_read_apart_from_what_is_said(place: Place) -> None:
    run = check(place, "echo noise >&2; echo 1..1; echo ok 1 one", format=ResultFormat.TAP, results="-")
    assert (run.standing, [each.name for each in run.tests]) == (Standing.PASSES, ["one"])
    assert printed(run) == "noise\n"
    assert sorted(each.name for each in place.folder.iterdir()) == ["unit.log"]


def test_results_of_an_older_run_are_refused(place: Place) -> None:
    (place.worktree / "r.xml").write_text(JUNIT)
    run = check(place, "true", format=ResultFormat.JUNIT, results="r.xml")
    assert (run.standing, run.tests) == (Standing.UNKNOWN, ())
    assert "of another run" in run.repetitions[0].why


def test_results_of_the_repetition_before_are_refused(place: Place) -> None:
    script = f'test -e r.xml || echo "{JUNIT}" > r.xml'
    run = check(place, script, format=ResultFormat.JUNIT, results="r.xml", repeat=2)
    assert [each.finish for each in run.repetitions] == [Finish.PASSED, Finish.UNREADABLE]
    assert run.standing is Standing.UNKNOWN


def test_old_results_that_are_brought_back_are_refused(place: Place) -> None:
    script = f'echo "{JUNIT}" > r.xml; touch -d 2001-01-01 r.xml'
    run = check(place, script, format=ResultFormat.JUNIT, results="r.xml")
    assert "older than this one" in run.repetitions[0].why


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("true", "wrote no r.xml"),
        ("mkfifo r.xml", "no plain file"),
        ("mkdir r.xml", "no plain file"),
        ("ln -s /dev/zero r.xml", "no plain file"),
        (": > r.xml", "is empty"),
        ("echo '<testsuite>' > r.xml", "not XML"),
        ("truncate -s 3G r.xml", "larger than"),
    ],
)
def test_results_that_are_broken_prove_nothing(place: Place, script: str, said: str) -> None:
    run = check(place, script, format=ResultFormat.JUNIT, results="r.xml")
    assert (run.standing, run.repetitions[0].finish) == (Standing.UNKNOWN, Finish.UNREADABLE)
    assert said in run.repetitions[0].why


def test_a_command_that_fails_has_failed_whatever_its_results(place: Place) -> None:
    run = check(place, "exit 2", format=ResultFormat.JUNIT, results="r.xml")
    assert (run.standing, run.repetitions[0].why) == (
        Standing.FAILS,
        "exit code 2; results: it wrote no r.xml",
    )
    run = check(place, f'echo "{JUNIT}" > r.xml; exit 2', format=ResultFormat.JUNIT, results="r.xml")
    assert (run.standing, run.repetitions[0].why) == (Standing.FAILS, "exit code 2, and no test failed")
    assert run.tests[0].passed == 1
    run = check(place, "kill -9 $$")
    assert run.repetitions[0].why == "ended by signal 9"


def test_repetitions_tell_a_flaky_check(place: Place) -> None:
    run = check(place, "test -e here || { touch here; exit 1; }", repeat=3)
    assert (run.standing, len(run.repetitions)) == (Standing.FLAKY, 3)


def test_stestr_reads_the_run_that_was_added(place: Place) -> None:
    made = (
        "import subunit, sys; to = subunit.StreamResultToBytes(sys.stdout.buffer); "
        "to.status(test_id='t.a', test_status='success')"
    )
    script = f'mkdir -p .stestr; {sys.executable} -c "{made}" > .stestr/4; echo 5 > .stestr/next-stream'
    run = check(place, script, format=ResultFormat.STESTR)
    assert (run.standing, run.tests[0].name) == (Standing.PASSES, "t.a")
    again = check(place, "true", format=ResultFormat.STESTR)
    assert "of another run" in again.repetitions[0].why


def test_a_folder_outside_the_worktree_is_refused(place: Place) -> None:
    with pytest.raises(InputError, match="no folder"):
        check(place, "true", folder="../kept")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_and_leaves_no_process(place: Place) -> None:
    (place.folder / "unit.log").symlink_to("/dev/full")
    word = f"full-{time.time_ns()}"
    with pytest.raises(InputError, match="No space left"):
        check(place, f"echo {word}; sleep 300 # {word}", timeout=60)
    assert alive(word) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_check_ends_with_unfork_and_the_next_run_hears_of_it(
    place: Place, tmp_path: Path, how: signal.Signals
) -> None:
    """The warden sees its input end, and the journal is still there."""
    word = f"orphan-{time.time_ns()}"
    program = tmp_path / "run.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from unfork.checking import Place, Running, begin, run_check\n"
        "from unfork.model.plan import TrackCheck\nfrom unfork.progress import Silent\n"
        f"place = Place('new', Path({str(place.worktree)!r}), 'c' * 40, Path({str(place.folder)!r}))\n"
        "begin(place.folder, Running('run-9', 'unit', 0.0))\n"
        f"script = 'setsid sleep 300 {word} & echo ready > ready; sleep 300 # {word}'\n"
        "run_check('unit', TrackCheck(command=('sh', '-c', script)), place, 'run-9', Silent())\n"
    )
    process = subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: (place.worktree / "ready").exists())
        process.send_signal(how)
        process.wait()
        wait_for(lambda: not alive(word))
    finally:
        process.kill()
        process.wait()
    assert clean_up(place.folder) is not None
    assert clean_up(place.folder) is None


def test_a_check_that_kills_its_warden_is_ended_all_the_same(place: Place) -> None:
    word = f"killer-{time.time_ns()}"
    with pytest.raises(InputError, match="ended from outside"):
        check(place, f"setsid sleep 300 {word} & kill -9 $PPID; sleep 300 # {word}", timeout=60)
    wait_for(lambda: not alive(word))


def test_results_that_are_printed_without_end_are_stopped(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unfork.checking.runner.LARGEST", 100_000)
    run = check(place, "while :; do echo ok one; done", format=ResultFormat.TAP, results="-", timeout=60)
    assert run.repetitions[0].finish is Finish.UNREADABLE
    assert "its results are larger than" in run.repetitions[0].why


def test_what_a_killed_run_left_is_found_by_its_environment(place: Place) -> None:
    begin(place.folder, Running("run-7", "unit", 0.0))
    process = subprocess.Popen(["sleep", "300"], env={**os.environ, COOKIE: "run-7"})
    other = subprocess.Popen(["sleep", "300"], env={**os.environ, COOKIE: "run-8"})
    try:
        interrupted = clean_up(place.folder)
        assert interrupted is not None and (interrupted.check, interrupted.ended) == ("unit", 1)
        assert process.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def wait_for(true: object, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
