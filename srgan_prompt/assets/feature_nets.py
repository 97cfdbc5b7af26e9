"""flax's pickled convolutions to PyTorch's: HWIO kernels in, OIHW float32 weights out, checked by digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from srgan_prompt.assets.catalog import FeatureNetAsset
from srgan_prompt.assets.pickled_arrays import read_pickled_arrays
from srgan_prompt.assets.sources import SourceMissError


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


def tensors_sha256(tensors: Mapping[str, np.ndarray]) -> str:
    """A digest of names, shapes and bytes that does not depend on how a file orders them."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
