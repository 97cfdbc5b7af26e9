"""Distances between images as networks see them: RGB [0, 1] (B, 3, H, W) in, one number per sample (B,) out.

VGG16 features before their activation, where they are dense (Johnson et al. 2016; ESRGAN, Wang et al. 2018), and LPIPS
(Zhang et al. 2018, equation 1):

    sum over layers l of the mean over positions of |w_l * (y_l - y'_l)|^2, y_l with channels of unit length

On AlexNet LPIPS takes a thirtieth of the multiplications of VGG16 up to conv4_3.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from srgan_prompt.assets.metric_networks import load_lpips
from srgan_prompt.assets.resolve import find_vgg16
from srgan_prompt.errors import ConfigError
from srgan_prompt.types import Image, LayerFeatures, PerSample

_NUM_CONVOLUTIONS = (2, 2, 3, 3, 3)  # per block; a 2x2 max pooling stands between blocks
_CHANNELS = (3, 64, 128, 256, 512, 512)  # of the image, then of each block
LAYERS = tuple(f"conv{b}_{i}" for b, num in enumerate(_NUM_CONVOLUTIONS, 1) for i in range(1, num + 1))

# The input scaling of LPIPS v0.1 (Zhang et al. 2018), for images in [-1, 1].
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)

PERIOD_PX = 4


class Compared(NamedTuple):
    """Features by layer: of what was made, with gradients, and of what was wanted, without."""

    made: Mapping[str, LayerFeatures]
    wanted: Mapping[str, LayerFeatures]

    def detached(self) -> "Compared":
        """Without gradients, which the network that made them is done with."""
        return self._replace(made={name: each.detach() for name, each in self.made.items()})


class PerceptualLoss(nn.Module):
    """Weighted sum over ``layers`` of the mean absolute feature difference. Frozen; gradients flow to the output.

    ``layers`` maps names of convolutions ("conv1_1" ... "conv5_3", before activation) to weights. ``normalise`` scales
    the channels at every position to unit length first, as LPIPS does. ``state`` holds "conv1_1.weight" (OIHW),
    "conv1_1.bias" ...; ``None`` fetches ImageNet's. Raises ``ConfigError`` for an unknown layer, ``ModelError`` when
    the weights cannot be had.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, layers: Mapping[str, float], normalise: bool = False, state: Mapping[str, Tensor] | None = None):
        super().__init__()
        self._layer_weights = _check(layers)
        self._normalise = normalise
        deepest = max(map(LAYERS.index, layers))
        self.convolutions = nn.ModuleDict({name: _convolution(name) for name in LAYERS[: deepest + 1]})
        self._load(_imagenet_state() if state is None else state)
        self.register_buffer("shift", torch.tensor(_SHIFT).view(3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(_SCALE).view(3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, output: Image, target: Image) -> PerSample:
        """Distance of ``output`` to ``target``, in float32 under autocast too."""
        return self.distance(self.compare(output, target))

    def compare(self, output: Image, target: Image) -> Compared:
        """The features of both in each of ``layers``."""
        with torch.no_grad():
            wanted = self._features(target)
        return Compared(self._features(output), wanted)

    def distance(self, compared: Compared) -> PerSample:
        """How far apart the features are, in float32 under autocast too."""
        made, wanted = compared
        distances = [weight * self._distance(made[name], wanted[name]) for name, weight in self._layer_weights.items()]
        return torch.stack(distances).sum(0)

    def _distance(self, made: Tensor, wanted: Tensor) -> PerSample:
        made, wanted = made.float(), wanted.float()  # bfloat16 has too few digits for a small difference
        if self._normalise:
            made, wanted = F.normalize(made, dim=1), F.normalize(wanted, dim=1)
        return (made - wanted).abs().mean(dim=(1, 2, 3))

    def _features(self, image: Image) -> dict[str, Tensor]:
        hidden = (2 * image - 1 - self.shift) / self.scale
        features = {}
        for name, convolution in self.convolutions.items():
            if name != "conv1_1":
                hidden = F.relu(hidden)
                if name.endswith("_1"):
                    hidden = F.max_pool2d(hidden, 2)
            hidden = convolution(hidden)
            if name in self._layer_weights:
                features[name] = hidden
        return features

    def _load(self, state: Mapping[str, Tensor]) -> None:
        wanted = {key: state[key] for name in self.convolutions for key in (f"{name}.weight", f"{name}.bias")}
        self.convolutions.load_state_dict(wanted)


def _check(layers: Mapping[str, float]) -> dict[str, float]:
    if not layers:
        raise ConfigError("The perceptual loss needs at least one VGG16 layer, for example {conv3_3: 1.0}.")
    for name in layers:
        if name not in LAYERS:
            raise ConfigError(f"Unknown VGG16 layer {name!r} for the perceptual loss; choose from {', '.join(LAYERS)}.")
    return dict(layers)


def num_channels(name: str) -> int:
    """How many the features of layer ``name`` have."""
    return _CHANNELS[int(name[4])]


def _convolution(name: str) -> nn.Conv2d:
    block, index = int(name[4]), int(name[6])
    incoming = _CHANNELS[block - 1 if index == 1 else block]
    return nn.Conv2d(incoming, num_channels(name), kernel_size=3, padding=1)


def _imagenet_state() -> dict[str, Tensor]:
    import safetensors.torch

    return safetensors.torch.load_file(find_vgg16())


class LpipsLoss(nn.Module):
    """Frozen; gradients flow to the output. ``network`` maps images in [-1, 1] to (B, 1, 1, 1); None takes AlexNet.

    Needs 31 px on each side. Raises ``ModelError`` when the weights cannot be had.
    """

    def __init__(self, network: nn.Module | None = None) -> None:
        super().__init__()
        self.network = load_lpips() if network is None else network

    def forward(self, output: Image, target: Image) -> PerSample:
        """Distance of ``output`` to ``target``, in float32 under autocast too."""
        with torch.autocast(output.device.type, enabled=False):
            return self.network(*(2 * image.float() - 1 for image in (output, target))).flatten()


def random_phase_crop(*images: Image) -> list[Tensor]:
    """``images`` (B, 3, H, W) as (B, 3, H - 3, W - 3), all from the same one of 4x4 corners, drawn anew each time.

    A pixel shuffle by 4 repeats every 4 pixels; so do the stride of AlexNet's first layer and the poolings of VGG16.
    Seen always at the same phase, a grid of that period is judged by that phase alone, and training may find one that
    pays. The corner is drawn by torch's generator on the CPU: processes that share a batch draw the same.
    """
    height, width = (side - PERIOD_PX + 1 for side in images[0].shape[-2:])
    y, x = torch.randint(PERIOD_PX, (2,)).tolist()
    return [image[..., y : y + height, x : x + width] for image in images]
