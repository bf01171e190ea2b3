"""Tell systemd that we are ready and alive. Two datagrams need no library.

The protocol: sd_notify(3). Without ``NOTIFY_SOCKET`` nobody listens, and nothing is sent.
"""

import os
import socket


def notify(message: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1``; failing to is no failure of ours."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.sendto(message.encode(), address)
        except OSError:
            return


def watchdog_interval() -> float | None:
    """Seconds after which systemd wants a sign of life at the latest, halved; ``None``: it does not."""
    text = os.environ.get("WATCHDOG_USEC", "")
    return int(text) / 2e6 if text.isdigit() and int(text) else None
