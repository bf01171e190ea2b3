"""What tests ask git for, past the code under test."""

import os
import subprocess
from pathlib import Path


def git(repository: Path, *args: str, index: Path | None = None) -> tuple[int, str]:
    """Exit code and all output of one git call; with an ``index`` it writes beside that alone."""
    env = dict(os.environ)
    if index:
        (index.parent / "objects").mkdir(exist_ok=True)
        env["GIT_INDEX_FILE"] = str(index)
        env["GIT_OBJECT_DIRECTORY"] = str(index.parent / "objects")
        env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(repository / "objects")
    done = subprocess.run(["git", "-C", str(repository), *args], capture_output=True, env=env)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "surrogateescape").rstrip("\n")


def output(repository: Path, *args: str, index: Path | None = None) -> str:
    """The output of one git call that must succeed."""
    code, text = git(repository, *args, index=index)
    assert code == 0, text
    return text
