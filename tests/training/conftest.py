"""accelerate remembers the first settings of a process: no test may inherit another's, nor a module's fixtures."""

import pytest
from accelerate.state import AcceleratorState


@pytest.fixture(autouse=True, scope="module")
def forget_earlier_accelerators():
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(autouse=True)
def forget_accelerator():
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
