"""Repositories made of dictionaries, and patches made by git from two of them."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from unfork.git import Repository
from unfork.model import Patch
from unfork.series import parse_patch

Files = Mapping[str, bytes]


class Forge:
    """A real repository with one branch for each tree it was given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", str(root), cwd=root.parent)
        self.repository = Repository(root)

    def git(self, *args: str, cwd: Path | None = None, stdin: bytes = b"") -> bytes:
        done = subprocess.run(["git", *args], cwd=cwd or self.root, input=stdin, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self, files: Files, message: str = "a commit") -> str:
        """Commit exactly these files on the branch; a name that ends in ``@`` is a symlink and one
        that ends in ``*`` can be run."""
        self.git("rm", "-rqf", "--ignore-unmatch", ".")
        for name, content in files.items():
            path = self.root / os.fsdecode(name.encode("utf-8", "surrogateescape")).rstrip("@*")
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("@"):
                path.symlink_to(os.fsdecode(content))
            else:
                path.write_bytes(content)
                path.chmod(0o755 if name.endswith("*") else 0o644)
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode().strip()

    def diff(self, old: str, new: str, *options: str) -> bytes:
        """What git says changed; ``--no-data`` leaves binary contents out."""
        binary = () if "--no-data" in options else ("--binary",)
        others = (option for option in options if option != "--no-data")
        return self.git("diff", *binary, "-M", *others, old, new)

    def patch(self, before: Files, after: Files, *options: str, name: str = "0001-change.patch") -> Patch:
        """The change from one set of files to the other."""
        old, new = self.commit(before), self.commit(after)
        patch = parse_patch(self.diff(old, new, *options), name)
        assert patch.error is None
        return patch


def snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file below a folder with its time of change and the hash of its content."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def upstream(tmp_path: Path) -> Forge:
    root = tmp_path / "upstream"
    root.mkdir()
    return Forge(root)


@pytest.fixture
def downstream(tmp_path: Path) -> Forge:
    """Where patches are made: what only it has, the upstream does not know."""
    root = tmp_path / "downstream"
    root.mkdir()
    return Forge(root)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def snap() -> Callable[[Path], dict[str, tuple[int, str]]]:
    return snapshot
