"""Real processes that are not ours, and whoever is there when they end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from outboard.corpus.real_libvirt import Daemon, handles, wait_for
from outboard.exits import ExitWatch, Records, key_of, watch
from outboard.exits.qemu_log import stamp

_UUID = "0000000a-1111-4111-8111-111111111111"
_NAME = "instance-0000000a"
_CODE = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print(flush=True); signal.pause()"


class Guest:
    """A process that looks like a QEMU to whoever does not look closely, and libvirt's files about it."""

    def __init__(self, folder: Path, *, before: str = "", words: tuple[str, ...] = ("-uuid", _UUID)) -> None:
        self.runs, self.logs = folder / "run", folder / "log"
        for path in (self.runs, self.logs):
            path.mkdir(exist_ok=True)
        self.start = stamp(time.time())
        self.say(before, f"{self.start}: starting up libvirt version: 9.0.0")
        self.process = subprocess.Popen([sys.executable, "-c", _CODE, *words], stdout=subprocess.PIPE)
        assert self.process.stdout
        self.process.stdout.readline()
        self.process.stdout.close()
        (self.runs / f"{_NAME}.pid").write_text(f"{self.process.pid}")

    def say(self, *lines: str) -> None:
        with (self.logs / f"{_NAME}.log").open("a") as stream:
            stream.writelines(f"{line}\n" for line in lines if line)

    def end(self, how: int = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        self.process.wait()
        (self.runs / f"{_NAME}.pid").unlink()

    @property
    def key(self) -> str:
        return key_of(_UUID, self.start)


@pytest.fixture(autouse=True)
def _tells() -> None:
    process = subprocess.Popen(["true"])
    handle = os.pidfd_open(process.pid)
    process.wait()
    told = watch.exit_status(handle)
    os.close(handle)
    if told is None:
        pytest.skip("the kernel does not tell (before Linux 6.15)")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "exits")


@contextmanager
def _watching(folder: Path, records: Records, said: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    there = threading.Event()
    watcher = ExitWatch(folder / "run", folder / "log", Path("/proc"), records, said)
    thread = threading.Thread(target=watcher.run, args=(there.set,))
    thread.start()
    try:
        assert there.wait(10)
        yield
    finally:
        watcher.end()
        thread.join(10)
        assert not thread.is_alive()


def _held() -> int:
    return handles(os.getpid(), "pidfd")


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGSEGV, -11)])
def test_how_a_process_ended_that_is_not_ours_is_kept(
    tmp_path: Path, records: Records, how: int, code: int
) -> None:
    guest = Guest(tmp_path)
    with _watching(tmp_path, records):
        guest.process.send_signal(how)
        assert records.status(guest.key, 0.1) is None  # not reaped
        guest.process.wait()
        status = records.status(guest.key, 10)
    assert status is not None
    assert os.waitstatus_to_exitcode(status) == code


@pytest.mark.parametrize("folder_first", [True, False])
def test_a_guest_that_starts_later(tmp_path: Path, records: Records, folder_first: bool) -> None:
    if folder_first:
        (tmp_path / "run").mkdir()
    with _watching(tmp_path, records):
        guest = Guest(tmp_path)
        wait_for(_held)
        guest.end()
        assert records.status(guest.key, 10) == signal.SIGKILL


def test_where_the_kernel_gives_no_inotify_the_folder_is_looked_at(
    tmp_path: Path, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(watch, "INotify", refuse)
    said: list[str] = []
    with _watching(tmp_path, records, said.append):
        guest = Guest(tmp_path)
        wait_for(_held)
        guest.end()
        assert records.status(guest.key, 10) == signal.SIGKILL
    assert len(said) == 1
    assert "inotify" in said[0]


def test_it_is_the_last_life_that_had_begun(tmp_path: Path, records: Records) -> None:
    before = "2001-01-01 00:00:00.000+0000"  # its end was never written
    guest = Guest(tmp_path, before=f"{before}: starting up libvirt")
    with _watching(tmp_path, records):
        guest.end()
        after = stamp(time.time() + 1)
        guest.say(f"{after}: starting up libvirt")
        assert records.status(guest.key, 10) == signal.SIGKILL
    assert records.status(key_of(_UUID, before)) is None
    assert records.status(key_of(_UUID, after)) is None


def test_a_log_that_comes_late_is_waited_for(tmp_path: Path, records: Records) -> None:
    guest = Guest(tmp_path)
    log = guest.logs / f"{_NAME}.log"
    text = log.read_text()
    log.write_text("")
    with _watching(tmp_path, records):
        guest.end()
        assert records.status(guest.key, 0.3) is None
        log.write_text(text)
        assert records.status(guest.key, 10) == signal.SIGKILL


@pytest.mark.parametrize("words", [(), ("-uuid",), ("-uuid", "../../x"), (f"-uuid {_UUID}",)])
def test_a_number_that_is_another_process_is_none_of_ours(
    tmp_path: Path, records: Records, words: tuple[str, ...]
) -> None:
    guest = Guest(tmp_path, words=words)
    for name, text in (("a", ""), ("b", "x"), ("c", "0"), ("d", "99999999"), ("e", "-1")):
        (guest.runs / f"{name}.pid").write_text(text)
    with _watching(tmp_path, records):
        guest.end()
        assert records.status(guest.key, 0.5) is None
    assert not (tmp_path / "exits").exists()


def test_several_that_watch_keep_the_same(tmp_path: Path, records: Records) -> None:
    guest = Guest(tmp_path)
    with _watching(tmp_path, records), _watching(tmp_path, records):
        guest.end()
        assert records.status(guest.key, 10) == signal.SIGKILL
    assert [path.name for path in (tmp_path / "exits").iterdir()] == [guest.key]


def test_a_folder_that_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "exits").write_text("no folder")
    guest = Guest(tmp_path)
    said: list[str] = []
    with _watching(tmp_path, Records(tmp_path / "exits"), said.append):
        guest.end()
        wait_for(lambda: said)
    assert "cannot be kept" in said[0]


def test_the_command_says_ready_and_outlives_nobody(tmp_path: Path, records: Records) -> None:
    config = tmp_path / "outboard.toml"
    config.write_text(
        f'[host]\nrun_dir = "{tmp_path}"\n'
        f'[crashwatch]\nqemu_runs = "{tmp_path}/run"\nqemu_logs = "{tmp_path}/log"\nunknown = "recover"\n'
    )
    guest = Guest(tmp_path)
    daemon = Daemon("exits", config, tmp_path / "stderr")
    wait_for(lambda: daemon.holds("pidfd"))
    guest.end()
    assert records.status(guest.key, 10) == signal.SIGKILL
    assert daemon.stop() == 0
    assert not daemon.log.read_text()
