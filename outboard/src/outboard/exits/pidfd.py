"""What the kernel tells of a process to whoever has a handle of it.

From Linux 6.15 on that is the wait status of a process that was reaped, without any right
(``PIDFD_GET_INFO`` in linux/pidfd.h). An earlier kernel tells nothing.
"""

import fcntl
import struct

_GET_INFO = 0xC040FF0B  # _IOWR(0xFF, 11, struct pidfd_info) of the 64 bytes it had at first
_INFO_EXIT = 1 << 3
_SIZE, _EXIT_CODE = 64, 60


def exit_status(handle: int) -> int | None:
    """Wait status of the process behind a pidfd; ``None`` while it is not reaped, or is not told."""
    info = bytearray(_SIZE)
    struct.pack_into("Q", info, 0, _INFO_EXIT)
    try:
        fcntl.ioctl(handle, _GET_INFO, info)
    except OSError:
        return None
    if not struct.unpack_from("Q", info)[0] & _INFO_EXIT:
        return None
    return int(struct.unpack_from("i", info, _EXIT_CODE)[0])
