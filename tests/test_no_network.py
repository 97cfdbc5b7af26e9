"""W9: the guard works, so that a suite that passes is a suite that needs no network."""

import shutil
import socket
import sys

import pytest
from network_guard import is_local, reached_by

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


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


@needs_strace
def test_w09_a_child_that_reaches_for_the_network_below_python_is_seen(tmp_path):
    program = (
        "import _socket; door = _socket.socket(2, 2); door.connect(('192.0.2.1', 9)); door.connect(('127.0.0.1', 9))"
    )
    assert reached_by([sys.executable, "-c", program], tmp_path / "log", tmp_path) == ["192.0.2.1"]


@needs_strace
def test_w09_onnx_runtime_reports_to_nobody_and_leaves_nothing_in_the_home_folder(tmp_path):
    pytest.importorskip("onnxruntime")
    home = tmp_path / "home"
    home.mkdir()
    program = (
        "import time, numpy; from srgan_prompt import Upscaler; upscaler = Upscaler.from_pretrained(engine='onnx');"
        " upscaler(numpy.zeros((8, 8, 3), numpy.uint8), ''); time.sleep(1)"
    )
    assert reached_by([sys.executable, "-c", program], tmp_path / "log", home) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []
