import builtins
import os
import pickle  # noqa: TID251 - builds the attacks

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan_prompt.assets.feature_nets import read_pickled_arrays
from srgan_prompt.assets.fetch import SourceMissError


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_reads_nested_arrays(protocol):
    tree = {"Conv_0": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}}
    if protocol == 5:  # protocol 5 uses numpy's _frombuffer, which no pinned file needs
        with pytest.raises(SourceMissError, match="_frombuffer"):
            read_pickled_arrays(pickle.dumps(tree, protocol))
        return
    if protocol < 3:  # bytes go through codecs.encode there
        with pytest.raises(SourceMissError, match="encode"):
            read_pickled_arrays(pickle.dumps(tree, protocol))
        return
    np.testing.assert_array_equal(read_pickled_arrays(pickle.dumps(tree, protocol))["Conv_0"]["kernel"][1], [3, 4, 5])


def test_os_system_is_never_executed(tmp_path):
    trace = tmp_path / "ran"
    attack = pickle.dumps(Call(os.system, f"touch {trace}"))
    with pytest.raises(SourceMissError, match=r"system, which is refused"):
        read_pickled_arrays(attack)
    assert not trace.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("function", [builtins.eval, builtins.exec, builtins.__import__, builtins.getattr, np.load])
def test_other_callables_are_refused(function, protocol):
    with pytest.raises(SourceMissError, match="is refused"):
        read_pickled_arrays(pickle.dumps({"a": Call(function, "os")}, protocol))


def test_dotted_names_do_not_walk_out_of_an_allowed_module():
    attack = b"\x80\x04\x8c\x05numpy\x8c\x14ndarray.__init__.x()\x93."
    with pytest.raises(SourceMissError, match="refused"):
        read_pickled_arrays(attack)


@given(st.binary(max_size=64))
def test_any_bytes_give_a_value_or_a_miss(content):
    try:
        value = read_pickled_arrays(content)
    except SourceMissError as miss:
        assert "are not plain arrays" in str(miss)  # noqa: PT017
    else:
        assert type(value).__module__ in ("builtins", "numpy")
