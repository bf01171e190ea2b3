"""Where a track is made of a small fork, and the text its files are made of."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

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
