"""W9: nothing in the suite may reach a network; who tries fails, in this process and in its children."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
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
