"""accelerate remembers the first settings of a process; the tests of other folders bring their own."""

import pytest
from accelerate.state import AcceleratorState


@pytest.fixture(autouse=True)
def forget_accelerator():
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
