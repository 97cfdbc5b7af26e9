"""Pickled numpy arrays of a foreign archive, read without running anything the file asks for.

The only file of the package that touches pickle: the LPIPS backbones are distributed in no other format. Its unpickler
knows three names, all of them numpy's own array constructors, and refuses every other one before it is looked up.
"""

import io
import pickle  # noqa: TID251 - restricted below to array constructors; see the module docstring

import numpy as np

from srgan_prompt.assets.sources import SourceMissError

_RECONSTRUCT = np.empty(0).__reduce__()[0]  # numpy's own _reconstruct, wherever this numpy keeps it

_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> object:
        try:
            return _ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"the file asks for {module_name}.{global_name}, which is refused") from None


def read_pickled_arrays(content: bytes) -> object:
    """Nested dicts of arrays out of pickle bytes. Raises ``SourceMissError`` for anything else, running none of it."""
    try:
        return _ArrayUnpickler(io.BytesIO(content)).load()
    except Exception as error:  # a mutated pickle can raise nearly anything
        raise SourceMissError(f"the pickled weights are not plain arrays ({error})") from error
