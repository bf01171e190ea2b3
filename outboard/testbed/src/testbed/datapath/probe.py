"""Ask again and again, and write down what was asked and what was answered. Run inside a namespace.

``probe.py dhcp LOG SECONDS INTERFACE MAC``: a DHCPDISCOVER every so many seconds, answered by a DHCPOFFER.
``probe.py ping LOG SECONDS ADDRESS``: an ICMP echo request, answered by an echo reply.

Each line of ``LOG`` is JSON, ``{"id": 1, "sent": T}`` or ``{"id": 1, "answered": T, "by": "10.0.0.2"}``, with
T in seconds since 1970. Only the standard library, and the kernel's own UDP and ping sockets: it starts at
once, on any interpreter, and no packet is built by hand but the BOOTP message.
"""

import json
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_BOOTREQUEST, _ETHERNET, _BROADCAST = 1, 1, 0x8000
_MAGIC = bytes((99, 130, 83, 99))  # RFC 2131, section 3
_DISCOVER, _OFFER = 1, 2
_MESSAGE_TYPE, _SERVER, _END, _PAD = 53, 54, 255, 0  # RFC 2132
_BOOTP = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s")
_ECHO, _ECHO_REPLY = 8, 0  # RFC 792
_ECHO_HEADER = struct.Struct("!BBHHH")
_NONE = bytes(4)

Answer = tuple[int, str]  # the request's id, and who answered


class Probe:
    """One socket, a way to ask and a way to understand the answer."""

    def __init__(
        self,
        sock: socket.socket,
        ask: Callable[[int], tuple[bytes, tuple[str, int]]],
        read: Callable[[bytes, str], Answer | None],
    ) -> None:
        self._socket = sock
        self._ask = ask
        self._read = read
        sock.setblocking(False)

    def run(self, log: TextIO, every: float) -> None:
        """Ask every ``every`` seconds until killed. A request that cannot leave is one without an answer."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            number, due = 0, time.monotonic()
            while True:
                if (left := due - time.monotonic()) > 0:
                    if selector.select(left):
                        self._hear(log)
                    continue
                number += 1
                due = max(due + every, time.monotonic())  # a stopped machine does not catch up in a burst
                _write(log, {"id": number, "sent": time.time()})
                try:
                    self._socket.sendto(*self._ask(number))
                except OSError as error:
                    _complain(f"{number}: {error}")

    def _hear(self, log: TextIO) -> None:
        try:
            data, address = self._socket.recvfrom(4096)
        except OSError as error:  # what ICMP says of an earlier request
            _complain(str(error))
            return
        if answer := self._read(data, address[0]):
            _write(log, {"id": answer[0], "answered": time.time(), "by": answer[1]})


def discover(number: int, mac: bytes) -> bytes:
    """A DHCPDISCOVER with ``number`` as its transaction; the answer shall be a broadcast."""
    fixed = _BOOTP.pack(
        _BOOTREQUEST, _ETHERNET, len(mac), 0, number, 0, _BROADCAST,
        _NONE, _NONE, _NONE, _NONE, mac, b"", b"",
    )  # fmt: skip
    return fixed + _MAGIC + bytes((_MESSAGE_TYPE, 1, _DISCOVER, _END))


def read_offer(data: bytes, mac: bytes) -> Answer | None:
    """The transaction and the server of a DHCPOFFER for ``mac``; None for anything else."""
    if len(data) < _BOOTP.size + len(_MAGIC) or data[_BOOTP.size :][: len(_MAGIC)] != _MAGIC:
        return None
    fields = _BOOTP.unpack_from(data)
    if fields[11][: len(mac)] != mac:
        return None
    options = _options(data[_BOOTP.size + len(_MAGIC) :])
    server = options.get(_SERVER, b"")
    if options.get(_MESSAGE_TYPE) != bytes((_OFFER,)) or len(server) != len(_NONE):
        return None
    return fields[4], socket.inet_ntoa(server)


def _options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(data) and data[at] != _END:
        if data[at] == _PAD:
            at += 1
            continue
        length = data[at + 1]
        found[data[at]] = data[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def dhcp(interface: str, mac: bytes) -> Probe:
    """Through ``interface``, which has an IP address already, for the port of neutron's that has ``mac``."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.bind(("", 68))
    return Probe(
        sock,
        lambda number: (discover(number, mac), ("255.255.255.255", 67)),
        lambda data, _: read_offer(data, mac),
    )


def ping(address: str) -> Probe:
    """To ``address``. The kernel's ping socket: it sums, numbers the sender and drops what others asked."""
    # By default nobody may have one. The setting is this namespace's own.
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)

    def ask(number: int) -> tuple[bytes, tuple[str, int]]:
        # The sequence has 16 bits, the whole number goes into the payload.
        header = _ECHO_HEADER.pack(_ECHO, 0, 0, 0, number & 0xFFFF)
        return header + number.to_bytes(8, "big"), (address, 0)

    def read(data: bytes, sender: str) -> Answer | None:
        if len(data) != _ECHO_HEADER.size + 8 or data[0] != _ECHO_REPLY:
            return None
        return int.from_bytes(data[_ECHO_HEADER.size :], "big"), sender

    return Probe(sock, ask, read)


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _write(log: TextIO, line: dict[str, object]) -> None:
    log.write(json.dumps(line) + "\n")
    log.flush()


def main() -> None:
    """The command line above."""
    kind, path, every, *rest = sys.argv[1:]
    probe = dhcp(rest[0], bytes.fromhex(rest[1].replace(":", ""))) if kind == "dhcp" else ping(rest[0])
    with Path(path).open("a", encoding="utf-8") as log:
        probe.run(log, float(every))


if __name__ == "__main__":
    main()
