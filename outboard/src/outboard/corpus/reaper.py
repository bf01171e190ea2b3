"""Runs commands read from the standard input, one a line, and reaps every process that descends from them.

A QEMU whose libvirtd has gone belongs to process 1. Where that one reaps late, as in some containers, libvirt
sees a killed QEMU as a living one for as long: so the daemons of the tests get this as their process 1.
"""

import ctypes
import os
import select
import shlex
import signal
import sys

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def main() -> None:
    """Print the process id of each command; end when the standard input ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    read, written = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(written)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    waiting = b""
    while True:
        ready, _, _ = select.select([0, read], [], [])
        if read in ready:
            os.read(read, 4096)
            _reap()
        if 0 in ready:
            data = os.read(0, 4096)
            if not data:
                return
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                command = shlex.split(line.decode())
                sys.stdout.write(f"{os.posix_spawn(command[0], command, os.environ)}\n")
                sys.stdout.flush()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
