"""drain, rebalance, tell and run as processes."""

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from netbalance.processes import Commands, until
from outboard.corpus.fake_neutron import FakeNeutron
from outboard.corpus.loopback import Fault

Make = Callable[..., Commands]


@pytest.fixture
def make(tmp_path: Path, neutron: FakeNeutron) -> Iterator[Make]:
    made: list[Commands] = []

    def commands(**settings: Any) -> Commands:
        made.append(Commands(tmp_path, neutron, **settings))
        return made[-1]

    yield commands
    for each in made:
        each.close()


def fill(neutron: FakeNeutron, host: str, count: int) -> list[str]:
    networks = [neutron.add_network(f"n{number}", on=(host,)) for number in range(count)]
    routers = [
        neutron.add_router(f"r{number}", networks=(networks[number],), on=(host,)) for number in range(count)
    ]
    return networks + routers


def test_drain(neutron: FakeNeutron, make: Make) -> None:
    fill(neutron, "a", 12)
    commands = make()
    dry = commands.run("drain", "a", "--dry-run", "--json")
    assert dry.returncode == 0
    assert len(json.loads(dry.stdout)["moves"]) == 24 and not neutron.writes
    done = commands.run("drain", "a")
    assert done.returncode == 0, done.stderr
    assert neutron.items("a") == 0
    assert "24 of 24 moves" in done.stderr
    before = len(neutron.writes)
    again = commands.run("rebalance")  # the mark stays: nothing goes back
    assert again.returncode == 0 and len(neutron.writes) == before
    assert commands.run("tell", "a", "returned").returncode == 0
    assert commands.run("rebalance").returncode == 0
    assert neutron.items("a") > 0


def test_drain_names_what_cannot_leave(neutron: FakeNeutron, make: Make) -> None:
    fill(neutron, "c", 2)
    rack = neutron.add_network("rack", kind="vlan", physical="rack9", on=("c",))
    done = make().run("drain", "c", "--json")
    assert done.returncode == 1
    (left,) = json.loads(done.stdout)["left"]
    assert (left["item"], left["host"], left["name"]) == (rack, "c", "rack") and left["why"]
    assert neutron.hosts(rack) == ["c"] and neutron.items("c") == 1


def test_drain_of_an_unknown_host(make: Make) -> None:
    done = make().run("drain", "computer-3")
    assert done.returncode == 3
    assert "neutron has no agent on 'computer-3'" in done.stderr


def test_neutron_that_refuses(neutron: FakeNeutron, make: Make) -> None:
    fill(neutron, "a", 1)
    neutron.served.faults.append(Fault("GET .*/agents$", 403, times=99))
    done = make().run("drain", "a")
    assert done.returncode == 3
    assert "outboard: error: GET /agents: " in done.stderr and "Traceback" not in done.stderr


def test_daemon(neutron: FakeNeutron, make: Make) -> None:
    """Told that a host failed, it acts at once; a host that only looks dead is held off."""
    items = fill(neutron, "a", 4)
    commands = make(audit_interval=0.5, hold_off=600.0, rebalance=False)
    daemon = commands.daemon()
    until(lambda: len(neutron.served.requests) > 15)  # it has seen them alive
    neutron.set_host("b", alive=False)
    neutron.set_host("a", alive=False)
    until(lambda: len(neutron.served.requests) > 50)
    assert not neutron.writes
    assert commands.run("tell", "a", "failed").returncode == 0
    # A legacy router is nowhere between its removal and its addition: the end is what counts.
    until(lambda: all(neutron.hosts(item) == ["c"] for item in items))
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(30) == 0
    assert "Traceback" not in commands.log()


def test_drain_while_a_daemon_leads(neutron: FakeNeutron, make: Make) -> None:
    fill(neutron, "a", 3)
    commands = make(audit_interval=600.0, rebalance=False)
    commands.daemon()
    until(lambda: "leads" in commands.log() and len(neutron.served.requests) >= 5)
    done = commands.run("drain", "a")
    assert done.returncode == 0, done.stderr
    assert neutron.items("a") == 0


def test_host_manager_over_http(neutron: FakeNeutron, make: Make, unused_port: int, tmp_path: Path) -> None:
    fill(neutron, "a", 3)
    (tmp_path / "token").write_text("secret\n")
    commands = make(
        audit_interval=600.0,
        rebalance=False,
        listen=f"127.0.0.1:{unused_port}",
        token_file=str(tmp_path / "token"),
    )
    commands.daemon()

    def ask(method: str, path: str, body: object = None, key: str = "secret") -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{unused_port}{path}", method=method,
            data=json.dumps(body).encode() if body else None, headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310  # loopback
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def up() -> bool:
        try:
            return ask("GET", "/hosts")[0] == 200
        except OSError:
            return False

    until(up)
    assert ask("PUT", "/hosts/a", {"state": "draining"}, key="guess")[0] == 401
    assert ask("PUT", "/hosts/a", {"state": "gone"})[0] == 400
    assert ask("PUT", "/hosts/a", ["draining"])[0] == 400
    assert ask("GET", "/host")[0] == 404
    assert not neutron.writes
    assert ask("PUT", "/hosts/a", {"state": "draining"}) == (200, {"state": "draining"})
    until(lambda: ask("GET", "/hosts/a")[1] == {"state": "draining", "items": 0})
    assert neutron.items("a") == 0
    assert ask("PUT", "/hosts/a", {"state": "returned"})[0] == 200
    assert ask("GET", "/hosts")[1] == {}


@pytest.mark.parametrize("attempt", range(3))
def test_killed_between_remove_and_add(neutron: FakeNeutron, make: Make, attempt: int) -> None:
    """The router hangs in the air until the next process, and no longer."""
    fill(neutron, "a", 4)
    commands = make(audit_interval=600.0, rebalance=False, legacy_in_flight=1 + attempt)
    daemon = commands.daemon()

    def kill(line: str) -> bool:
        if line.startswith("POST") and "l3-routers" in line and daemon.poll() is None:
            daemon.kill()
            daemon.wait()
            return True
        return False

    neutron.before = kill
    commands.run("tell", "a", "draining")
    daemon.wait(60)
    neutron.before = lambda _: None
    assert [item for item in neutron.tables["routers"] if not neutron.hosts(item)]
    commands.run("tell", "a", "returned")  # so that only the journal speaks for it
    commands.daemon()
    until(lambda: all(neutron.hosts(item) for item in neutron.tables["routers"]))
