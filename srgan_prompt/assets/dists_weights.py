"""The weights of DISTS out of the file that its authors published: fixed places in bytes that are pinned."""

import hashlib

import numpy as np

from srgan_prompt.assets.catalog import DistsAsset
from srgan_prompt.assets.sources import SourceMissError


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
