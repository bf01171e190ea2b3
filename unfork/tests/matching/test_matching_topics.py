"""What two changes are about: shared tests, shared words, another order of the same words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import Made, confirmed, function
from unfork.git import Repository
from unfork.history import Range, open_history
from unfork.matching.subjects import Subjects
from unfork.model import Relation, Scan
from unfork.progress import Silent

Patch = Callable[..., Any]
Ask = Callable[..., Scan]

BASE = {"agent.py": function("start") + function("stop"), "tests/test_agent.py": function("setup")}
TESTED = BASE["tests/test_agent.py"] + function("refusal", "agent.refuse(port)", "agent.confirm(lease)")


def begin(made: Made, subject: str, after: dict[str, str]) -> str:
    """A history in which one commit leaves these files; its hash."""
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start the agent", BASE))
        for name in ("docs", "lint", "ci", "setup", "locale", "api"):
            writer.commit(f"Add {name}", {f"{name}.txt": function(name)})
        return writer.commit(subject, after)


@pytest.mark.parametrize("alone", [False, True])
def test_shared_tests_make_no_part_of_a_commit_that_does_something_else(
    made: Made, patch: Patch, ask: Ask, alone: bool
) -> None:
    product = {} if alone else {"agent.py": function("start") + confirmed("stop")}
    sha = begin(made, "Refuse leases", {"tests/test_agent.py": TESTED, **product})
    ours = {"agent.py": BASE["agent.py"] + function("beacon", "agent.call_home()")}
    patch(BASE, {"tests/test_agent.py": TESTED, **ours}, "Call home")
    (row,) = ask().patches
    # A commit of tests alone can only be there by its tests.
    assert [commit.sha for commit in row.commits] == ([sha] if alone else [])
    assert row.candidates[0].sha == sha


def test_what_a_message_speaks_of_is_a_candidate_where_no_line_and_no_name_is_the_same(
    made: Made, patch: Patch, ask: Ask
) -> None:
    sha = begin(made, "Refuse expired leases", {"other.py": function("begin")})
    ours = {"agent.py": BASE["agent.py"] + "1 + 1\n"}
    patch(BASE, ours, "Port to Titanium", "With leases that expired nothing went on: refused now.")
    (row,) = ask().patches
    assert (row.relation, [each.sha for each in row.candidates]) == (Relation.NONE, [sha])


def test_subjects_are_alike_in_any_order_and_form(made: Made, tmp_path: Path) -> None:
    begin(made, "Refuse expired leases in the agent", {"agent.py": function("begin")})
    repository = Repository(made.path)
    head = repository.resolve("master")
    history = open_history(
        repository, Range(None, (head,), head), name="up", cache=tmp_path, progress=Silent()
    )
    subjects = Subjects(history.index)
    theirs = "Refuse expired leases in the agent"
    said = ("agent: leases expired are refused", "CGTS-12: leases", "Add beacon")
    alike = [subjects.alike(ours, theirs) for ours in said]
    assert alike[0].share > 0.7 > alike[1].share > alike[2].share == 0
    assert alike[0].weight > alike[1].weight > 0
    assert subjects.told("It refuses.\nThe agent has expired leases.", theirs) > 0.7
