"""Published weights as plain tensors: flax's pickled convolutions (HWIO) as PyTorch's (OIHW), and those of DISTS.

Every byte is checked by a digest. This is the only file of the package that touches pickle: the LPIPS backbones are
distributed in no other format. Its unpickler knows three names, all of them numpy's own array constructors, and refuses
every other one before it is looked up. DISTS's weights are read from fixed places in bytes that are pinned.
"""

import hashlib
import io
import pickle  # noqa: TID251 - restricted below to array constructors; see the module docstring
from collections.abc import Mapping
from typing import Any

import numpy as np

from srgan_prompt.assets.catalog import DistsAsset, FeatureNetAsset
from srgan_prompt.assets.fetch import SourceMissError

_RECONSTRUCT = np.empty(0).__reduce__()[0]  # numpy's own _reconstruct, wherever this numpy keeps it
_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
}


def convert_feature_net(asset: FeatureNetAsset, content: bytes) -> dict[str, np.ndarray]:
    """Pickle bytes of ``asset`` -> ``{"conv1_1.weight": (out, in, h, w), "conv1_1.bias": (out,), ...}``, float32.

    Raises ``SourceMissError`` when the bytes are not the pinned ones or hold something else.
    """
    if hashlib.sha256(content).hexdigest() != asset.member_sha256:
        raise SourceMissError(f"{asset.member} does not have the pinned sha256")
    tree: Any = read_pickled_arrays(content)  # of any shape: another than ours raises below
    try:
        return _rename(asset, tree[asset.root_key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceMissError(f"{asset.member} does not hold the expected convolutions ({error})") from error


def _rename(asset: FeatureNetAsset, layers: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    tensors = {}
    for index, name in enumerate(asset.convolutions):
        layer = layers[f"Conv_{index}"]
        kernel = layer["kernel"].transpose(3, 2, 0, 1)
        tensors[f"{name}.weight"] = np.ascontiguousarray(kernel, dtype=np.float32)
        tensors[f"{name}.bias"] = np.ascontiguousarray(layer["bias"], dtype=np.float32)
    return tensors


def read_pickled_arrays(content: bytes) -> object:
    """Nested dicts of arrays out of pickle bytes. Raises ``SourceMissError`` for anything else, running none of it."""
    try:
        return _ArrayUnpickler(io.BytesIO(content)).load()
    except Exception as error:  # a mutated pickle can raise nearly anything
        raise SourceMissError(f"the pickled weights are not plain arrays ({error})") from error


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> object:
        try:
            return _ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"the file asks for {module_name}.{global_name}, which is refused") from None


def convert_dists(asset: DistsAsset, content: bytes) -> dict[str, np.ndarray]:
    """Bytes of ``asset`` -> ``{"alpha": (C,), "beta": (C,)}``, float32, for the image and five stages of VGG16 in turn.

    Raises ``SourceMissError`` when the bytes are not the pinned ones.
    """
    if hashlib.sha256(content).hexdigest() != asset.member_sha256:
        raise SourceMissError(f"{asset.member} does not have the pinned sha256")
    return {
        name: np.frombuffer(content, "<f4", asset.num_channels, offset).astype(np.float32)
        for name, offset in asset.offsets_bytes.items()
    }


def tensors_sha256(tensors: Mapping[str, np.ndarray]) -> str:
    """A digest of names, shapes and bytes that does not depend on how a file orders them."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
