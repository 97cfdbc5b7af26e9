"""W9: the guard works, so that a suite that passes is a suite that needs no network."""

import socket

import pytest
from network_guard import is_local


def test_w09_a_test_that_reaches_for_the_network_fails():
    with pytest.raises(AssertionError, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 9), timeout=1)
    with socket.socket() as door, pytest.raises(AssertionError, match="reached for the network"):
        door.connect_ex(("192.0.2.1", 9))


@pytest.mark.parametrize(
    ("address", "local"),
    [(("127.0.0.1", 80), True), (("::1", 80, 0, 0), True), (("localhost", 80), True), ("/run/socket", True),
     (("10.0.0.1", 80), False), (("huggingface.co", 443), False)],
)  # fmt: skip
def test_w09_what_is_this_machine(address, local):
    assert is_local(address) == local
