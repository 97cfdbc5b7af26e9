"""W9: nothing in the suite may reach a network.

Who tries fails in this process, and is seen in a child, below Python too.
"""

import ipaddress
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def is_local(address: Any) -> bool:
    """Whether ``address``, as ``socket.connect`` takes it, is this machine: a path, or a loopback host."""
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@contextmanager
def no_network() -> Iterator[None]:
    """Sockets connect to this machine only; the clients of the hub and of PyPI are told to stay offline."""

    def here_only(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if not is_local(address):
                raise AssertionError(f"a test reached for the network: {address}")
            return original(self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, here_only(getattr(socket.socket, name)))
        patch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
        patch.setitem(os.environ, "PIP_NO_INDEX", "1")
        yield


def reached_by(command: Sequence[str], log: Path, home: Path) -> list[str]:
    """The addresses that ``command`` and all its threads and children connect to or send to, this machine's left out.

    Told by strace, which writes to ``log``, so that compiled libraries are seen as well. ``home`` is where the command
    may keep what it likes. Raises CalledProcessError if the command fails.
    """
    watched = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(log), *command]
    environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    subprocess.run(watched, check=True, capture_output=True, timeout=120, env=environment)
    text = log.read_text(encoding="utf-8", errors="replace")
    addresses = re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', text)
    found = {four or six for four, six in addresses}
    return sorted(address for address in found if not is_local((address, 0)))
