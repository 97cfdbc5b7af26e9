"""W9: nothing in the suite may reach a network; who tries fails, in this process and in its children."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
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
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if not is_local(address):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
        patch.setitem(os.environ, "PIP_NO_INDEX", "1")
        yield
