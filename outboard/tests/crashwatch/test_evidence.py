"""Which ends are crashes, from all that is known of them."""

import signal

import pytest
from outboard.crashwatch.evidence import Clues, Ending, judge
from outboard.exits.qemu_log import Life, stamp

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
