"""Which ends are crashes, from all that is known of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from outboard.corpus.real_libvirt import wait_for
from outboard.crashwatch.evidence import Clues, Ending, judge
from outboard.crashwatch.exits import Exits
from outboard.crashwatch.qemu_log import Life, stamp

_START, _END = 1e9, 1e9 + 3600
_BEFORE, _JUST_BEFORE_END, _AFTER = _START - 1, _END - 5, _END + 100
_WORDS = "2001Z qemu-system-x86_64: terminating on signal 15 from pid 7 (/usr/sbin/libvirtd)"
_KILLED, _EXITED, _FAILED = int(signal.SIGKILL), 0, 1 << 8
CRASH, NONE, DOUBT = Ending.CRASHED, Ending.ORDINARY, Ending.UNKNOWN


def _life(reason: str = "crashed", *words: str) -> Life:
    return Life(stamp(_START), stamp(_END), reason, words)


@pytest.mark.parametrize(
    ("life", "clues", "ending"),
    [
        # What libvirt saw and calls ordinary is.
        *((_life(reason), Clues(status=_KILLED, libvirtd=_BEFORE), NONE)
          for reason in ("shutdown", "destroyed", "migrated", "saved", "failed")),
        # libvirtd was there when it ended.
        (_life(), Clues(libvirtd=_BEFORE), CRASH),
        (_life(), Clues(libvirtd=_END - 60), CRASH),
        # It had just started, or was started since: the process tells, or nobody does.
        (_life(), Clues(libvirtd=_JUST_BEFORE_END), DOUBT),
        (_life(), Clues(libvirtd=_AFTER), DOUBT),
        *((_life(), Clues(libvirtd=libvirtd, status=status), ending)
          for libvirtd in (_JUST_BEFORE_END, _AFTER)
          for status, ending in ((_KILLED, CRASH), (_FAILED, CRASH), (_EXITED, NONE))),
        (_life(), Clues(libvirtd=_AFTER, shutdown=True), NONE),
        (_life("crashed", _WORDS), Clues(libvirtd=_AFTER), NONE),
        (_life("crashed", _WORDS, "and", "two", "more"), Clues(libvirtd=_AFTER), DOUBT),
        (_life("crashed", _WORDS), Clues(libvirtd=_AFTER, status=_KILLED), CRASH),
        # A panic: libvirtd itself ends QEMU, which says so and exits.
        (_life("crashed", _WORDS), Clues(libvirtd=_BEFORE, status=_EXITED), CRASH),
        (_life("crashed", _WORDS), Clues(panicked=True, libvirtd=_AFTER, status=_EXITED), CRASH),
        # libvirtd ended what it could not reach; libvirtd does not know.
        (_life("daemon", _WORDS), Clues(libvirtd=_BEFORE, status=_EXITED), DOUBT),
        (_life("unknown"), Clues(libvirtd=_BEFORE), DOUBT),
        (_life(""), Clues(libvirtd=_BEFORE, status=_KILLED), CRASH),
        (_life(""), Clues(libvirtd=_BEFORE, status=_EXITED), NONE),
        # Nothing is known of libvirtd: its word.
        (_life(), Clues(), CRASH),
        (_life("crashed", _WORDS), Clues(), NONE),
    ],
)  # fmt: skip
def test_a_crash_is_what_was_seen_to_be_one(life: Life, clues: Clues, ending: Ending) -> None:
    assert judge(life, clues) is ending


@pytest.fixture
def exits(tmp_path: Path) -> Exits:
    return Exits(tmp_path, Path("/proc"))


def _process(folder: Path, name: str, *words: str) -> "subprocess.Popen[bytes]":
    code = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print(flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    (folder / f"{name}.pid").write_text(f"{process.pid}")
    return process


@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGSEGV, -11)])
def test_the_kernel_tells_how_a_process_ended_that_is_not_ours(
    exits: Exits, tmp_path: Path, how: int, code: int
) -> None:
    process = _process(tmp_path, "guest", "uuid-of-it")
    exits.watch("uuid-of-it", "guest", "then")
    assert exits.status("guest", "then", 0) is None
    process.send_signal(how)
    assert exits.status("guest", "then", 0.1) is None  # not reaped
    process.wait()
    (tmp_path / "guest.pid").unlink()
    status = exits.status("guest", "then", 1)
    if status is None:
        pytest.skip("the kernel does not tell (before Linux 6.15)")
    assert os.waitstatus_to_exitcode(status) == code
    assert exits.status("guest", "later", 0) is None
    exits.watch("uuid-of-it", "guest", "then")  # the same life: nothing is forgotten
    assert exits.status("guest", "then", 0) is not None
    exits.forget("guest")
    assert exits.status("guest", "then", 0) is None


def test_a_number_that_is_another_process_is_not_watched(exits: Exits, tmp_path: Path) -> None:
    process = _process(tmp_path, "guest", "somebody-else")
    exits.watch("uuid-of-it", "guest", "then")
    process.kill()
    process.wait()
    assert exits.status("guest", "then", 0) is None
    for text in ("", "x", "0", "99999999"):
        (tmp_path / "guest.pid").write_text(text)
        exits.watch("uuid-of-it", "guest", "then")
        assert exits.status("guest", "then", 0) is None


def test_when_libvirtd_started_is_told_by_its_file(exits: Exits, tmp_path: Path) -> None:
    assert exits.libvirtd_started() is None
    (tmp_path / "driver.pid").touch()
    started = wait_for(exits.libvirtd_started)
    assert abs(started - time.time()) < 60
