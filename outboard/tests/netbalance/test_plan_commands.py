"""plan and verify on a file, as a user calls them."""

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from netstates import states
from outboard.cli import run
from outboard.errors import InputError
from outboard.netbalance import whatif
from outboard.netbalance.dumping import encode, read_state, write_state
from outboard.netbalance.model import Agent, Item, Kind, State, Style
from outboard.netbalance.verifying import Fault, verify

REACH = frozenset({"d0", "d1", "d2"})


def cloud() -> State:
    items = {
        f"n{n}": Item(f"n{n}", Kind.DHCP, Style.DHCP, name=f"net{n}\x1b[31m", replicas=2, reachable=REACH)
        for n in range(6)
    }
    agents = {f"d{n}": Agent(f"d{n}", Kind.DHCP, f"h{n}") for n in range(3)}
    pairs = ["d0 d1", "d1 d2", "d2 d0"] * 2
    return State(agents, items, {f"n{n}": frozenset(pair.split()) for n, pair in enumerate(pairs)})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.json"
    write_state(path, cloud())
    return path


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and error."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["netbalance", *map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


@settings(max_examples=50, deadline=None)
@given(states(agents=4, items=6, weights=True, frozen=True))
def test_a_dumped_state_is_read_as_it_was(state: State) -> None:
    path = Path("/dev/shm/outboard-state-of-a-test.json")  # noqa: S108  one per example, of no worth
    path.write_bytes(encode(state))
    assert read_state(path) == state
    path.unlink()


def test_nothing_to_do(file: Path) -> None:
    code, out, err = call("plan", "--state", file)
    assert (code, out) == (0, "")
    assert "nothing is to be moved" in err
    assert call("verify", "--state", file)[:2] == (0, "")


def test_what_if_a_host_is_drained(file: Path) -> None:
    code, out, err = call("plan", "--state", file, "--drain", "h0", "--loads")
    assert code == 1
    moves = [line.split() for line in out.splitlines() if line.endswith(" drain")]
    assert {(line[-3], line[-1]) for line in moves} == {("h0", "drain")}
    assert len(moves) == 4
    assert "\x1b" not in out
    assert "4 moves (no plan for this has fewer than 4)" in err


def test_what_if_a_host_fails_and_one_joins_as_json(file: Path) -> None:
    code, out, _ = call("plan", "--state", file, "--fail", "h0", "--join", "h9=h1", "--json")
    report = json.loads(out)
    assert code == 1
    assert {move["target"] for move in report["moves"]} == {"h9"}
    assert {move["reason"] for move in report["moves"]} == {"failed"}
    assert report["bound"] == len(report["moves"]) == 4
    assert report["stuck"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a state"),
        (b"\xff\xfe", "not a state"),
        (b"[]", "not a state"),
        (b'{"format":2,"agents":[],"reaches":[],"items":[]}', "format 2, this program reads 1"),
        (b'{"format":1,"agents":[],"reaches":[],"items":[{"id":"x","kind":"l3","style":"ha","reach":0}]}',
         "item x: no reach 0"),
        (b'{"format":1,"agents":[],"reaches":[[]],"items":[{"id":"x","kind":"l3","style":"ha","reach":0,'
         b'"weight":0}]}', "weight below 1"),
        (b'{"format":1,"agents":[],"reaches":[[]],"items":[{"id":"x","kind":"bgp","style":"ha","reach":0}]}',
         "Invalid enum value 'bgp'"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_state(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_state(path)
    assert said in str(caught.value)


def test_a_host_that_nobody_knows() -> None:
    for change in (whatif.drained, whatif.failed, whatif.joined):
        with pytest.raises(InputError, match="no agent is on host h7"):
            change(cloud(), "h7")
    with pytest.raises(InputError, match="no agent is on host h8"):
        whatif.joined(cloud(), "h7", "h8")


def test_faults_are_found_the_urgent_ones_first() -> None:
    state = cloud()
    state = replace(
        state,
        agents=state.agents | {"d0": Agent("d0", Kind.DHCP, "h0", alive=False)},
        bindings=state.bindings | {"n1": frozenset(), "n2": frozenset({"d0"}), "n3": frozenset({"d1", "d2"})},
        items=state.items | {"n4": replace(state.items["n4"], reachable=frozenset({"d1"}))},
    )
    found = {(one.fault, one.item, one.host) for one in verify(state)}
    assert found == {
        (Fault.UNHOSTED, "n1", ""), (Fault.UNHOSTED, "n2", ""), (Fault.DEAD, "n2", "h0"),
        (Fault.DEAD, "n0", "h0"), (Fault.UNDER_REPLICATED, "n0", ""), (Fault.UNREACHABLE, "n4", "h2"),
        (Fault.DEAD, "n5", "h0"), (Fault.UNDER_REPLICATED, "n5", ""),
    }  # fmt: skip
    assert [one.fault for one in verify(state)][:2] == [Fault.UNHOSTED, Fault.UNHOSTED]


def test_bad_input_is_one_line_and_three(tmp_path: Path, file: Path) -> None:
    for arguments in (["--state", tmp_path / "none"], ["--state", file, "--drain", "h7"]):
        code, out, err = call("plan", *arguments)
        assert (code, out, err.count("\n")) == (3, "", 1)


def test_a_draining_host_is_no_fault() -> None:
    assert verify(whatif.drained(cloud(), "h0")) == []
