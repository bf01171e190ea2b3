"""Where wishes come from: a file that may break, what was said, and who may say it over HTTP."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from outboard.corpus.fake_hosts import FakeHosts
from outboard.errors import InputError
from outboard.hostguard.http import Desk, serve
from outboard.hostguard.model import Desired, Wish
from outboard.hostguard.settings import HostGuardSection
from outboard.hostguard.telling import There, reached
from outboard.hostguard.wishes import Said, Wishes, read_file

_GOOD = """
[hosts]
c1 = "enabled"
"c2.example" = "drained"

[hosts.c3]
state = "enabled"
aggregates = ["rack"]
bridge_mappings = { physnet0 = "br-ex" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.toml"
    path.write_text(_GOOD)
    return path


def test_the_file(file: Path) -> None:
    wishes = read_file(file)
    assert wishes["c1"] == Wish(state=Desired.ENABLED)
    assert wishes["c2.example"].state is Desired.DRAINED
    assert wishes["c3"].bridge_mappings == {"physnet0": "br-ex"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[hosts]\nc1 = "enabled"\nc2 = enabled\n', "line 3"),
        ('[hosts]\nc1 = "enabled"\nc2 = "asleep"\n', "hosts.toml:3: "),
        ('[hosts]\nc1 = "enabled"\n[hosts.c4]\nstate = "enabled"\nagregates = ["x"]\n', "hosts.toml:3: "),
        ('[hosts]\n"../etc" = "enabled"\n', "hosts.toml:2: no name of a host"),
        ('[hosts]\n"-rf" = "enabled"\n', "hosts.toml:2: no name of a host"),
        ('x = 1\n[host]\nc1 = "enabled"\n', "hosts.toml:1: "),
        ("hosts = 3\n", "hosts.toml:1: "),
        ("\udcff", "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(file: Path, text: str, said: str) -> None:
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as error:
        read_file(file)
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["[hosts", "", None])
def test_a_file_that_breaks_changes_nothing_over_a_restart_too(
    file: Path, tmp_path: Path, text: str | None, logged: list[dict[str, str]]
) -> None:
    said = Said(tmp_path)
    wishes = Wishes(file, said, {})
    before = wishes.read()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    if text == "":
        assert wishes.read() == {}  # an empty file is whole: nothing is wished
        return
    assert wishes.read() == before == Wishes(file, said, wishes.good).read()
    assert wishes.bad
    wishes.read()
    assert len([line for line in logged if line["log_level"] == "error"]) == 2  # once for each of the two


def test_what_was_said_comes_before_the_file_until_it_is_taken_back(file: Path, tmp_path: Path) -> None:
    said = Said(tmp_path)
    wishes = Wishes(file, said, {})
    assert said.say("c1", Wish(state=Desired.FAILED, fenced=True))
    assert not said.say("c1", Wish(state=Desired.FAILED, fenced=True))
    assert wishes.read()["c1"].fenced
    said.say("c1", None)
    assert wishes.read()["c1"].state is Desired.ENABLED


def test_many_may_say_at_once(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=lambda n=n: Said(tmp_path).say(f"c{n}", Wish(state=Desired.DRAINED)))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Said(tmp_path).read()) == 20


@dataclass(frozen=True)
class _Row:
    host: str
    state: str


class _Door:
    """A server with a leader that may change."""

    def __init__(self, folder: Path) -> None:
        self.token = folder / "token"
        self.token.write_text("secret\n")
        self.said = Said(folder)
        self.leads = True
        self.woken = 0
        desk = Desk(self.said, lambda: [_Row("c1", "enabled")], lambda: self.leads, self.wake)
        self.server = serve("127.0.0.1:0", self.token, desk)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def wake(self) -> None:
        self.woken += 1

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        token: str = "secret",  # noqa: S107
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.url + path, data=body, headers=headers, timeout=10)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[_Door]:
    door = _Door(tmp_path)
    yield door
    door.server.shutdown()
    door.server.server_close()


def test_the_door_takes_wishes(door: _Door) -> None:
    answer = door.ask("PUT", "/v1/hosts/c1", '{"state": "failed", "fenced": true}')
    assert (answer.status_code, answer.json(), door.woken) == (202, {"changed": True}, 1)
    assert door.said.read()["c1"] == Wish(state=Desired.FAILED, fenced=True)
    assert door.ask("GET", "/v1/hosts").json() == [{"host": "c1", "state": "enabled"}]
    assert door.ask("DELETE", "/v1/hosts/c1").status_code == 202
    assert door.said.read() == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "token", "status"),
    [
        ("PUT", "/v1/hosts/c1", '{"state": "failed"}', "guess", 401),
        ("GET", "/v1/hosts", None, "", 401),
        ("PUT", "/v1/hosts/c1", '{"state": "asleep"}', "secret", 400),
        ("PUT", "/v1/hosts/c1", '{"state": "failed", "who": 1}', "secret", 400),
        ("PUT", "/v1/hosts/c1", "\x00", "secret", 400),
        ("PUT", "/v1/hosts/..%2f..", '{"state": "failed"}', "secret", 404),
        ("PUT", "/v1/hosts", '{"state": "failed"}', "secret", 405),
        ("PUT", "/v1/hosts/c1", "x" * 70000, "secret", 413),
        ("GET", "/v1/hosts/c9", None, "secret", 404),
        ("GET", "/etc/passwd", None, "secret", 404),
        ("POST", "/v1/hosts/c1", "{}", "secret", 501),
    ],
)
def test_the_door_refuses(
    door: _Door, method: str, path: str, body: str | None, token: str, status: int
) -> None:
    assert door.ask(method, path, body, token).status_code == status
    assert door.said.read() == {}


def test_only_the_leader_takes_a_wish_and_the_next_is_asked(door: _Door, tmp_path: Path) -> None:
    door.leads = False
    (tmp_path / "other").mkdir()
    other = _Door(tmp_path / "other")
    urls = (door.url, "http://127.0.0.1:1", other.url)
    there = There(urls, "secret")
    assert there.say("c1", Wish(state=Desired.DRAINED))
    assert (there.state("c1"), there.state("c9")) == ("enabled", "")
    assert reached(there, "c1", Desired.ENABLED, 0) and not reached(there, "c1", Desired.DRAINED, 0)
    assert (door.said.read(), other.said.read()["c1"].state) == ({}, Desired.DRAINED)
    other.leads = False
    with pytest.raises(InputError, match="another instance leads"):
        there.say("c1", None)
    other.server.shutdown()
    other.server.server_close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"listen": "127.0.0.1:1"}, "token_file"), ({"listen": "x", "token_file": "/x"}, "ADDRESS:PORT"),
        ({"webhook": "ftp://x"}, "webhook"), ({"urls": ("c1",)}, "urls"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HostGuardSection(**settings)  # type: ignore[arg-type]


def _outboard(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "outboard", *arguments], capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def config(tmp_path: Path, hosts: FakeHosts) -> Callable[[str], str]:
    def write(more: str = "") -> str:
        path = tmp_path / "outboard.toml"
        path.write_text(
            f'[host]\nrun_dir = "{tmp_path}/run"\nstate_dir = "{tmp_path}/state"\n[cloud]\nname = "envvars"\n'
            f"[hostguard]\ndrain_command = []\ntell_command = []\n{more}"
        )
        return str(path)

    return write


def test_the_commands(hosts: FakeHosts, config: Callable[[str], str], file: Path) -> None:
    hosts.add_host("c1")
    path = config(f'desired = "{file}"\n')
    dry = _outboard("hostguard", "run", "--dry-run", "--json", "--config", path)
    assert json.loads(dry.stdout) == [
        {"host": "c1", "step": "enable", "of": "", "value": "", "state": "planned"}
    ]
    assert (dry.returncode, hosts.writes) == (1, [])
    check = _outboard("hostguard", "check", "c1", "--config", path)
    assert (check.returncode, check.stdout.splitlines()[0].split()) == (0, ["GATE", "STATE", "WHY"])
    closed = _outboard("hostguard", "check", "c3", "--config", path)
    assert (closed.returncode, "nova knows no nova-compute" in closed.stdout) == (1, True)
    once = _outboard("hostguard", "run", "--once", "--config", path)
    assert (hosts.computes["c1"].status, once.returncode) == ("enabled", 1)  # c2.example and c3 wait
    status = _outboard("hostguard", "status", "--json", "--config", path)
    rows = {row["host"]: row for row in json.loads(status.stdout)}
    assert (rows["c1"]["state"], rows["c1"]["waits"], status.returncode) == ("enabled", "", 1)
    late = _outboard("hostguard", "set", "c1", "drained", "--wait", "0", "--config", path)
    assert (late.returncode, "not drained within 0 s" in late.stderr) == (1, True)
    _outboard("hostguard", "run", "--once", "--config", path)
    assert hosts.computes["c1"].status == "disabled"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("set", "../x", "drained"), 3, "no name of a host"), (("set", "c1", "asleep"), 2, "asleep"),
        (("set", "c1", "drained", "--fenced"), 2, "--fenced is for failed"),
        (("run", "--once", "--dry-run"), 2, "only one of"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(
    config: Callable[[str], str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = _outboard("hostguard", *arguments, "--config", config(""))
    assert (ended.returncode, said in ended.stderr, "Traceback" in ended.stderr) == (code, True, False)
