"""crashwatch as a real process beside real guests of QEMU; nova's side is an HTTP server on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from crash_bench import NAME, UUID, Bench
from outboard.corpus.fake_nova import Fault
from outboard.corpus.real_libvirt import Daemon, off_xml, panic_xml, running, wait_for


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_qemu_is_recorded_told_and_brought_up(bench: Bench, how: int) -> None:
    number, server = bench.guest()
    hook = f'webhook = "{bench.cloud.url}/hook"\n'
    with running("crashwatch", bench.config(hook), bench.folder / "log"):
        bench.kill(number, how)
        killed = time.monotonic()
        wait_for(lambda: bench.crashes(number))
        wait_for(lambda: server.asked)
        assert [action for _, action in server.asked] == ["reboot"]
        assert server.asked[0][0] - killed < 10  # of nova's 15 s; the bench measures how far below
        wait_for(lambda: bench.outcome(number) == "recovered")
        wait_for(lambda: len(list((bench.folder / "state/crashwatch/acknowledged").glob("*.json"))) == 1)
    assert bench.domain(number).isActive()
    (crash,) = bench.crashes(number)
    assert (crash["reason"], crash["host"]) == ("crashed", "node1")
    assert [event["event"] for event in bench.cloud.events] == ["crash", "outcome"]
    assert not list((bench.folder / "state/crashwatch/crashes").glob("*.json"))


def test_ordinary_ends_are_none(bench: Bench) -> None:
    with running("crashwatch", bench.config(), bench.folder / "log"):
        switched_off, _ = bench.guest(xml=partial(off_xml, image=bench.folder / "off.img"))
        destroyed, _ = bench.guest()
        bench.domain(destroyed).destroy()
        ended, _ = bench.guest()
        bench.kill(ended, signal.SIGTERM)
        wait_for(lambda: not bench.domain(switched_off).isActive(), 30)
        crashed, _ = bench.guest()
        bench.kill(crashed)
        wait_for(lambda: bench.outcome(crashed) == "recovered")  # so the others have been looked into
    assert [event["guest"] for event in bench.events("crash")] == [UUID.format(crashed)]


def test_a_guest_that_ends_while_libvirtd_is_down(bench: Bench) -> None:
    killed, _ = bench.guest()
    ended, _ = bench.guest()
    with running("crashwatch", bench.config(), bench.folder / "log") as daemon:
        pids = [bench.real.qemu_pid(NAME.format(number)) for number in (killed, ended)]
        bench.real.stop(signal.SIGKILL)
        wait_for(lambda: daemon.says("libvirt is out of reach"))
        os.kill(pids[0], signal.SIGKILL)
        os.kill(pids[1], signal.SIGTERM)
        bench.real.start()
        wait_for(lambda: bench.outcome(killed) == "recovered", 20)
    assert not bench.crashes(ended)


@pytest.mark.parametrize(("unknown", "outcome"), [("report", "ignored"), ("recover", "recovered")])
def test_an_end_that_nobody_saw_is_found_and_no_crash_for_certain(
    bench: Bench, unknown: str, outcome: str
) -> None:
    number, _ = bench.guest()
    config = bench.config(f'unknown = "{unknown}"\n')
    with running("crashwatch", config, bench.folder / "log") as daemon:
        wait_for(lambda: (bench.folder / "run/crashwatch.json").exists())
        daemon.stop(signal.SIGKILL)
    bench.kill(number)
    wait_for(lambda: not bench.domain(number).isActive())
    for _ in range(2):  # after this libvirt says only "unknown"
        bench.real.stop()
        bench.real.start()
    with running("crashwatch", config, bench.folder / "log2"):
        wait_for(lambda: bench.outcome(number) == outcome)
    assert not bench.crashes(number)
    assert len(bench.events("unknown")) == 1


def test_where_all_are_down_the_witness_tells_a_crash_from_a_guest_that_switched_itself_off(
    bench: Bench,
) -> None:
    config = bench.config("recover = false\n")
    killed, _ = bench.guest()
    ended, _ = bench.guest()
    with running("exits", config, bench.folder / "log", wait=False) as witness:
        wait_for(lambda: witness.holds("pidfd") == 3)  # one is libvirtd's own
        later, _ = bench.guest()
        wait_for(lambda: witness.holds("pidfd") == 4)
        bench.real.stop(signal.SIGKILL)
        for number in (killed, later):
            bench.kill(number)
        bench.real.quit_qemu(NAME.format(ended))
        for _ in range(2):  # after this libvirt says only "unknown", and its log "crashed"
            bench.real.start()
            bench.real.stop()
        bench.real.start()
        with running("crashwatch", config, bench.folder / "log2"):
            wait_for(lambda: bench.crashes(killed) and bench.crashes(later))
    assert not bench.crashes(ended)
    assert not bench.events("unknown")


def test_a_guest_that_panics_is_a_crash_also_when_only_the_log_tells(bench: Bench) -> None:
    panics = partial(panic_xml, image=bench.folder / "panic.img")
    with running("crashwatch", bench.config("recover = false\n"), bench.folder / "log") as daemon:
        seen, _ = bench.guest(xml=panics)
        wait_for(lambda: bench.crashes(seen), 30)
        daemon.stop(signal.SIGKILL)
    unseen, _ = bench.guest(xml=panics)
    wait_for(lambda: not bench.domain(unseen).isActive(), 30)
    with running("crashwatch", bench.config("recover = false\n"), bench.folder / "log"):
        wait_for(lambda: bench.crashes(unseen))


def test_a_guest_that_switches_itself_off_as_libvirtd_goes_is_no_crash(bench: Bench) -> None:
    """libvirt calls it a crash when it is back; QEMU says nothing where a SIGTERM meets the power-off."""
    number, _ = bench.guest()
    with running("crashwatch", bench.config(), bench.folder / "log"):
        wait_for(lambda: (bench.folder / "run/crashwatch.json").exists())
        bench.real.stop(signal.SIGKILL)
        bench.real.quit_qemu(NAME.format(number))
        bench.real.start()
        bench.again()
        crashed, _ = bench.guest()
        bench.kill(crashed)
        wait_for(lambda: bench.crashes(crashed), 20)
    assert not bench.crashes(number)
    assert not bench.events("unknown")


def test_a_guest_that_started_and_crashed_unseen_and_one_that_runs_again(bench: Bench) -> None:
    config = bench.config()
    with running("crashwatch", config, bench.folder / "log") as daemon:
        daemon.stop(signal.SIGKILL)
    unseen, _ = bench.guest()
    again, _ = bench.guest()
    for number in (unseen, again):
        bench.kill(number)
        wait_for(lambda number=number: not bench.domain(number).isActive())
    bench.domain(again).create()
    with running("crashwatch", config, bench.folder / "log2"):
        wait_for(lambda: bench.outcome(unseen) == "recovered")
        wait_for(lambda: bench.outcome(again) == "ignored")
    assert len(bench.crashes(unseen)) == len(bench.crashes(again)) == 1


def test_nova_that_fails_in_every_way_gets_asked_until_it_does(bench: Bench) -> None:
    number, server = bench.guest()
    bench.cloud.faults += [
        Fault(r"GET /compute/v2.1/servers/.*", 503, 2),
        Fault(r"POST /compute/v2.1/servers/.*/action", 503),
        Fault(r"POST /compute/v2.1/servers/.*/action", 409),
        Fault(r"GET /compute/v2.1/servers/.*", 401),
        Fault(r"POST /compute/v2.1/servers/.*/action", 0),
    ]
    more = 'name = "envvars"\nhost = "node1"\ntimeout = 1.0'
    with running("crashwatch", bench.config(cloud=more), bench.folder / "log"):
        bench.kill(number)
        wait_for(lambda: bench.outcome(number) == "recovered", 30)
    assert [action for _, action in server.asked] == ["reboot"]
    assert all(fault.times == 0 for fault in bench.cloud.faults)


def test_what_nova_says_decides(bench: Bench) -> None:
    stopped_by_nova, by_nova = bench.guest(status="SHUTOFF")
    by_nova.acted("stop", None)
    stopped_by_user, by_user = bench.guest(status="SHUTOFF")
    by_user.acted("stop", "somebody")
    opted_out, _ = bench.guest(metadata={"outboard:auto_recovery": "False"})
    elsewhere, _ = bench.guest(host="node2")
    deleted, _ = bench.guest()
    del bench.cloud.servers[UUID.format(deleted)]
    numbers = (stopped_by_nova, stopped_by_user, opted_out, elsewhere, deleted)
    with running("crashwatch", bench.config("brake_least = 100\n"), bench.folder / "log"):
        for number in numbers:
            bench.kill(number)
        wait_for(lambda: all(bench.outcome(number) for number in numbers), 20)
    assert [bench.outcome(number) for number in numbers] == ["recovered", *["ignored"] * 4]
    assert [action for _, action in by_nova.asked] == ["start"]
    assert not by_user.asked


def test_a_crash_loop_ends_and_leaves_a_note(bench: Bench) -> None:
    number, server = bench.guest()
    config = bench.config("limit = 2\nbackoff = 0.5\nbrake_least = 100\n")
    with running("crashwatch", config, bench.folder / "log"):
        for turn in range(3):
            bench.kill(number)
            wait_for(lambda turn=turn: len(bench.crashes(number)) == turn + 1)
            if turn < 2:
                wait_for(lambda: bench.domain(number).isActive() and not server.task_state)
        wait_for(lambda: bench.outcome(number) == "gave-up")
    assert len(server.asked) == 2
    assert "2 recoveries" in server.metadata["outboard:crashwatch"]


def test_many_crashes_at_once_pull_the_brake(bench: Bench) -> None:
    guests = [bench.guest() for _ in range(4)]
    config = bench.config("brake_least = 3\nsettle = 2.0\nbrake_hold = 3.0\n")
    with running("crashwatch", config, bench.folder / "log") as daemon:
        for number, _ in guests:
            bench.kill(number)
        wait_for(lambda: all(bench.crashes(number) for number, _ in guests))
        assert daemon.says("recovery stops")
        time.sleep(1)
        assert not any(server.asked for _, server in guests)
        wait_for(lambda: all(bench.outcome(number) == "recovered" for number, _ in guests), 30)


def test_once_dry_run_and_acknowledge(bench: Bench) -> None:
    number, server = bench.guest()
    config = bench.config("", cloud="").read_text().replace("events =", "# events =")
    path = bench.folder / "plain.toml"
    path.write_text(config)

    def outboard(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "outboard", "crashwatch", *arguments, "--config", str(path)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    calm = outboard("--once")
    assert (calm.returncode, calm.stdout) == (0, "")
    bench.kill(number)
    wait_for(lambda: not bench.domain(number).isActive())
    dry = outboard("--dry-run", "--json")
    assert [row["why"] for row in json.loads(dry.stdout)] == ["recovery is not set up"]
    assert not list((bench.folder / "state").rglob("*.json"))
    once = outboard("--once")
    key = once.stdout.splitlines()[1].split()[0]
    assert outboard("--acknowledge", key).returncode == 0
    assert outboard("--acknowledge", key).returncode == 3
    assert outboard("--acknowledge", "../x").returncode == 3
    assert (outboard("--once").returncode, server.asked) == (0, [])


def test_settings_that_cannot_be(bench: Bench) -> None:
    for more, cloud, said in (
        ("masakari = true\n", "", "only one may recover"),
        ('webhook = "ftp://x"\n', "", "no http"),
        ("", 'name = "nowhere"', "nowhere"),
    ):
        daemon = Daemon("crashwatch", bench.config(more, cloud), bench.folder / "log")
        assert daemon.process.wait(30) == 3
        assert daemon.says(said)
        assert not daemon.says("Traceback")
