"""A fork of four patches and an upstream that went on, clean or in conflict with the second patch."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from making import Made, function, unfork

NAMES = ("build", "check", "deploy", "expire", "fetch", "gather")


def source(**bodies: str) -> str:
    """A file of six functions, some of which have a line of their own."""
    return "".join(function(name, *([bodies[name]] if name in bodies else [])) for name in NAMES)


@dataclass
class Place:
    """A repository with ``base``, the series ``base..fork`` and targets, and where tracks are kept."""

    made: Made
    root: Path

    def run(self, *args: str, **env: str) -> tuple[int, str, str]:
        """``unfork track ...`` with everything named."""
        places = {
            "--repository": self.made.path,
            "--tracks": self.root / "tracks",
            "--cache-dir": self.root / "cache",
        }
        common = [str(word) for pair in places.items() for word in pair]
        return unfork("track", args[0], *common, *args[1:], cwd=self.root, **env)

    def new(self, name: str, target: str, *more: str, **env: str) -> tuple[int, str, str]:
        """``unfork track new`` with the series."""
        given = {
            "--series": f"{self.made.path}:base..fork",
            "--upstream": str(self.made.path),
            "--base": "base",
        }
        named = [word for pair in {**given, "--plan": str(self.root / "plan")}.items() for word in pair]
        return self.run("new", name, "--target", target, *named, *more, **env)

    @property
    def worktree(self) -> Path:
        """The one worktree there is."""
        (found,) = self.root.glob("tracks/*/*/tree")
        return found

    def git(self, *args: str) -> str:
        """git in the worktree."""
        done = subprocess.run(
            ["git", "-C", str(self.worktree), *args], check=True, capture_output=True, text=True
        )
        return done.stdout.rstrip("\n")

    def commits(self, branch: str, since: str) -> list[str]:
        """The subjects of a branch since a revision, oldest first."""
        listed = self.made.git("log", "--reverse", "--format=%s", f"{since}..{branch}")
        return listed.splitlines()


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
