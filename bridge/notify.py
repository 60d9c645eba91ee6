"""Tells systemd, or whoever else set NOTIFY_SOCKET, how this process is.

Source: sd_notify(3); one datagram of `NAME=value` lines, an address with `@` is an abstract one.
"""

import os
import socket
from contextlib import suppress

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def status(words: str) -> str:
    """Return the line that `systemctl status` shows."""
    return f"STATUS={' '.join(words.split())}"


def notify(*lines: str) -> None:
    """Say it, never waiting; without a listener nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    path = f"\0{address[1:]}" if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.settimeout(0)
        link.connect(path)
        link.send("\n".join(lines).encode("utf-8", "replace"))
