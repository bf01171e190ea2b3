"""Several processes at one index, and processes that do not live to see it whole."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import Made, leftovers, one_line, unfork
from unfork.git import Repository
from unfork.history import INDEX_NAME, Range, open_history, read_index, store_of
from unfork.progress import Silent

# Opens the history named on the command line; each build leaves a file, and takes a while.
_COUNTED = """
import sys, os, time
from pathlib import Path
from unfork.git import Repository
from unfork.history import Range, open_history, history
from unfork.progress import Silent
up, cache, marks = map(Path, sys.argv[1:4])
real = history.build_index
def counted(*args, **kwargs):
    (marks / str(os.getpid())).write_text(str(len(args[1])))
    time.sleep(0.5)
    return real(*args, **kwargs)
history.build_index = counted
repository = Repository(up)
tip = repository.resolve("HEAD")
opened = open_history(repository, Range(None, (tip,), tip), name="up", cache=cache, progress=Silent())
print(len(opened.searched), len(opened.index))
"""

_INTERRUPTED = b"unfork: error: interrupted; nothing is left half written\n"  # after the line of "^C"


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Enough history that a build takes a while: some hundred commits of many lines."""
    made = Made(tmp_path_factory.mktemp("big") / "up.git")
    with made.writing() as writer:
        for number in range(300):
            text = "".join(f"{number} {line} {number * line}\n" for line in range(400))
            writer.commit(f"Commit {number}", {f"f{number % 40}": text})
    return made


def whole(made: Made, cache: Path) -> bool:
    """Whether the cache has an index of every commit."""
    path = store_of(Repository(made.path), cache) / INDEX_NAME
    return path.exists() and len(read_index(path)) == int(made.git("rev-list", "--count", "master"))


def build(made: Made, cache: Path, **popen: object) -> "subprocess.Popen[bytes]":
    command = ["index", "build", "--upstream", str(made.path), "--cache-dir", str(cache), "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "unfork", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **popen,  # type: ignore[call-overload]
    )


def test_processes_at_once_share_one_build(made: Made, cache: Path, tmp_path: Path) -> None:
    made.line("a", "b", "c")
    marks = tmp_path / "marks"
    marks.mkdir()
    command = [sys.executable, "-c", _COUNTED, str(made.path), str(cache), str(marks)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert said == [b"3 3\n"] * 3
    assert [mark.read_text() for mark in marks.iterdir()] == ["3"]
    assert leftovers(cache) == []


def test_killed_at_any_time(big: Made, cache: Path) -> None:
    """kill -9 now and then, until one build is through; each time the next one works."""
    dice = random.Random(7)  # noqa: S311 - always the same moments
    killed = 0
    for _ in range(8):
        process = build(big, cache)
        lock = store_of(Repository(big.path), cache) / "lock"
        while not lock.exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(dice.random() * 0.4)
        process.kill()
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        path = store_of(Repository(big.path), cache) / INDEX_NAME
        if path.exists():  # whatever the moment was, it is a whole one
            assert whole(big, cache)
            path.unlink()
        lock.unlink(missing_ok=True)
    assert killed
    code, _, err = unfork("index", "build", "--upstream", big.path, "--cache-dir", cache, "--quiet")
    assert (code, err) == (0, "")
    assert whole(big, cache)
    assert leftovers(cache) == []


def test_killed_while_it_writes(made: Made, cache: Path, tmp_path: Path) -> None:
    """Dies between the temporary file and its new name: the very worst moment."""
    made.line("a", "b")
    program = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from unfork.cli import run\nrun(sys.argv[1:])\n"
    )
    command = ["index", "build", "--upstream", str(made.path), "--cache-dir", str(cache)]
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert len(leftovers(cache)) == 1
    assert not whole(made, cache)
    assert unfork("index", "status", "--upstream", made.path, "--cache-dir", cache)[0] == 0
    assert unfork(*command)[0] == 0
    assert whole(made, cache)
    assert leftovers(cache) == []


def test_ctrl_c_leaves_no_half_index(big: Made, cache: Path) -> None:
    lock = store_of(Repository(big.path), cache) / "lock"
    interrupted = 0
    for pause in (0.0, 0.05, 0.1, 0.2):
        process = build(big, cache, start_new_session=True)
        while not lock.exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        if lock.with_name(INDEX_NAME).exists():  # it was faster: done, and perhaps on its way out
            assert whole(big, cache)
            lock.with_name(INDEX_NAME).unlink()
        else:
            interrupted += 1
            assert (process.returncode, err.lstrip()) == (130, _INTERRUPTED)
        assert leftovers(cache) == []
        lock.unlink()
    assert interrupted
    assert unfork("index", "build", "--upstream", big.path, "--cache-dir", cache)[0] == 0
    assert whole(big, cache)


def test_ctrl_c_while_git_runs(made: Made, cache: Path, tmp_path: Path) -> None:
    """Waits until the build is surely under way: a git of ours that says so, and hangs."""
    made.line("a")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    real = shutil.which("git")
    (bin_folder / "git").write_text(
        f'#!/bin/sh\ncase "$*" in *diff-tree*) echo $$ > {tmp_path}/started; exec sleep 30;; esac\n'
        f'exec {real} "$@"\n'
    )
    (bin_folder / "git").chmod(0o755)
    env = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    process = build(made, cache, env=env, start_new_session=True)
    started = tmp_path / "started"
    for _ in range(600):
        if started.exists() and started.read_text().strip():
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: git gets it too
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err.lstrip()) == (130, _INTERRUPTED)
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
    assert not (store_of(Repository(made.path), cache) / INDEX_NAME).exists()
    assert leftovers(cache) == []


# -- no space ----------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte. Where mounting is not allowed there is ``RLIMIT_FSIZE`` below."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(big: Made, small: Path) -> None:
    cache = small / "cache"
    code, out, err = unfork("index", "build", "--upstream", big.path, "--cache-dir", cache)
    assert (code, out) == (3, "")
    path = store_of(Repository(big.path), cache) / INDEX_NAME
    assert one_line(err) == (
        f"{path}: the index cannot be written: No space left on device "
        "(free some space, or name another place with --cache-dir)"
    )
    assert not path.exists()
    assert leftovers(cache) == []
    subprocess.run(["mount", "-o", "remount,size=32m", str(small)], check=True)
    code, _, err = unfork("index", "build", "--upstream", big.path, "--cache-dir", cache)
    assert (code, err) == (0, "")
    assert whole(big, cache)


def test_a_disk_too_full_for_an_extension_keeps_the_old_index(small: Path, tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    made.line("a", "b")
    cache = small / "cache"
    command = ("index", "build", "--upstream", str(made.path), "--cache-dir", str(cache))
    assert unfork(*command)[0] == 0
    path = store_of(Repository(made.path), cache) / INDEX_NAME
    before = path.read_bytes()
    with made.writing() as writer:
        writer.commit("c", {"f": "".join(f"{line}\n" for line in range(150_000))})
    code, _, err = unfork(*command)
    assert code == 3
    assert "No space left on device" in one_line(err)
    assert path.read_bytes() == before
    assert leftovers(cache) == []


def test_a_limit_on_files(big: Made, cache: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, 1 << 19))

    process = build(big, cache, preexec_fn=limited)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the index cannot be written: File too large" in one_line(err.decode())
    assert not (store_of(Repository(big.path), cache) / INDEX_NAME).exists()
    assert leftovers(cache) == []
    assert unfork("index", "build", "--upstream", big.path, "--cache-dir", cache)[0] == 0


def test_no_room_for_even_the_first_file(made: Made, small: Path) -> None:
    made.line("a")
    with (small / "filling").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while file.write(b"x" * 4096):
            pass
    code, _, err = unfork("index", "build", "--upstream", made.path, "--cache-dir", small / "cache")
    assert code == 3
    one_line(err)
    assert leftovers(small) == []


# -- being polite ------------------------------------------------------------------------


def test_the_upstream_is_only_read(made: Made, cache: Path) -> None:
    made.line("a", "b")
    made.git("tag", "1.0")

    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
            for path in sorted(made.path.rglob("*"))
        }

    before = state()
    repository = Repository(made.path)
    tip = repository.resolve("HEAD")
    open_history(repository, Range(None, (tip,), tip), name="up", cache=cache, progress=Silent())
    assert state() == before
