"""A fork of four patches and an upstream that went on, clean or in conflict with the second patch."""

from collections.abc import Callable
from pathlib import Path

import pytest
from carried_fork import Place, source
from making import Made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """``clean``: every patch fits; ``rough``: the second conflicts; ``has-third`` has the third; ``gone``
    lost the file; ``older`` is before the base, ``unrelated`` has no history in common."""
    made = Made(tmp_path / "upstream.git")
    (tmp_path / "plan").mkdir()
    own = {
        "build": "agent.ours(1)",
        "check": "agent.ours(2)",
        "expire": "agent.ours(3)",
        "gather": "agent.ours(4)",
    }
    with made.writing() as writer:
        older = writer.commit("Begin", {"agent.py": "nothing yet\n", "README": "An agent.\n"})
        base = writer.commit("Write the agent", {"agent.py": source()})
        writer.tag("older", older, annotated=False)
        writer.tag("base", base, annotated=False)
        so_far: dict[str, str] = {}
        parent = base
        for number, (name, line) in enumerate(own.items(), 1):
            so_far[name] = line
            parent = writer.commit(
                f"Ours {number}: {name}\n\nOur machines need it.\n", {"agent.py": source(**so_far)},
                branch="fork", parents=(parent,), author=f"Dev {number} <dev{number}@example.com>",
            )  # fmt: skip
        head = "# A new head\n# of two lines\n"
        clean = writer.commit("Write a head", {"agent.py": head + source()}, branch="clean", parents=(base,))
        writer.tag("v2", clean, annotated=False)
        changed = head + source(check="agent.theirs(2)")
        rough = writer.commit(
            "Let check tell\n\nChange-Id: I0123456789\n",
            {"agent.py": changed},
            branch="rough",
            parents=(clean,),
        )
        writer.tag("v3", rough, annotated=False)
        writer.commit("More words", {"README": "An agent that does.\n"}, branch="rough")
        writer.commit(
            "Expire", {"agent.py": head + source(expire=own["expire"])}, branch="has-third", parents=(clean,)
        )
        writer.commit("Remove the agent", {"agent.py": None}, branch="gone", parents=(clean,))
        writer.commit("Elsewhere", {"other": "x\n"}, branch="unrelated", parents=())
    made.git("symbolic-ref", "HEAD", "refs/heads/rough")
    return Place(made, tmp_path)


@pytest.fixture
def resolve(place: Place) -> Callable[[str], None]:
    """Put a line in the place of the conflict of ``agent.py``."""

    def do(line: str) -> None:
        path = place.worktree / "agent.py"
        text = path.read_text()
        before, rest = text.split("<<<<<<< ", 1)
        after = rest.split(">>>>>>> ", 1)[1].split("\n", 1)[1]
        path.write_text(f"{before}{line}{after}")

    return do
