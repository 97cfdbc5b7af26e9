"""Typed, frozen settings of data, losses and training, and of networks out of ``network_config``. Units are named.

YAML files in ``recipes/configs`` are overlays over these defaults. An unknown key is an error that names its nearest
known neighbour.
"""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, model_validator

from srgan_prompt.errors import ConfigError
from srgan_prompt.network_config import DiscriminatorConfig, GeneratorConfig, Settings, parse

MAX_CONFIG_BYTES = 64 * 1024
LPIPS_SIDE_PX = 34  # AlexNet's 31, and 3 for its random corner


class Strengths(Settings):
    """From where to where the degradations of one stage go."""

    blur_sigma_px: tuple[float, float] = Field(description="in low-resolution pixels")
    noise_std: tuple[float, float] = Field(description="relative to full range")
    quality: tuple[int, int] = Field(description="of JPEG and WebP files, 1 to 100 as Pillow counts")

    @model_validator(mode="after")
    def _ranges(self) -> "Strengths":
        for name, (least, most) in self.model_dump().items():
            if not 0 < least <= most:
                raise ValueError(f"{name} [{least}, {most}] must be two numbers above 0, the smaller first")
        if self.quality[1] > 100:
            raise ValueError(f"quality ends at 100, not at {self.quality[1]}")
        return self


class StrengthsConfig(Settings):
    """How strong our own degradations are: of ``first_order`` the simple ones, of ``second_order`` the other two."""

    simple: Strengths = Strengths(blur_sigma_px=(0.6, 1.6), noise_std=(8 / 255, 40 / 255), quality=(20, 60))
    camera: Strengths = Strengths(blur_sigma_px=(0.3, 2.0), noise_std=(2 / 255, 40 / 255), quality=(20, 95))
    upload: Strengths = Strengths(blur_sigma_px=(0.4, 0.8), noise_std=(2 / 255, 15 / 255), quality=(30, 95))
    uploaded_share: float = Field(0.5, ge=0, le=1, description="images that pass the second half of the chain")


class DataConfig(Settings):
    """Where crops come from and how they are made. With no folder, they are synthetic images."""

    folder: Path | None = Field(None, description="folder of photos or of parquet shards; none: synthetic")
    dataset: str | None = Field(None, description="Hugging Face data set with a column 'image', instead of a folder")
    pairs: Path | None = Field(None, description="folder of LR and HR images, instead of a folder of photos")
    pack: Path | None = Field(None, description="decoded copy of the folder; none: beside the run")
    instruct_pix2pix: str | None = Field(None, description="parquet file, folder or hub id of edit triplets")
    streaming: bool = Field(False, description="read shards, a data set or InstructPix2Pix rows as a stream")
    decode_threads: int = Field(4, ge=1, description="threads that decode streamed photos ahead of the step")
    workers: int = Field(
        0, ge=0, description="processes that make batches ahead of the step; 0: the step makes its own"
    )
    fit: Literal["crop", "resize"] = Field("crop", description="cut a patch out, or shrink the whole image into it")
    patch_px: int = Field(24, ge=8, description="side of the low-resolution training patch")
    least_patch_px: int | None = Field(
        None, ge=8, description="each step has a side of its own, from this to patch_px; none: always patch_px"
    )
    margin_px: int = Field(8, ge=0, description="extra low-resolution border, cut off at random after degrading")
    degradations: Literal["first_order", "second_order"] = Field(
        "second_order", description="Gaussian blur, one noise, one JPEG; or every kind, in a chain of two"
    )
    batch_images: int = Field(16, ge=1, description="(image, sentence) samples per batch, all processes together")
    sentences_per_image: int = Field(2, ge=1, description="requests per image in a batch: the sentence must decide")
    max_bad_share: float = Field(0.01, ge=0, le=1, description="share of unreadable images that is tolerated")

    @property
    def smallest_px(self) -> int:
        """Side of the smallest patches."""
        return self.patch_px if self.least_patch_px is None else self.least_patch_px

    @model_validator(mode="after")
    def _whole_images(self) -> "DataConfig":
        if self.smallest_px > self.patch_px:
            raise ValueError(f"least_patch_px ({self.least_patch_px}) must not be above patch_px={self.patch_px}")
        if self.batch_images % self.sentences_per_image:
            raise ValueError(f"batch_images must be a multiple of sentences_per_image={self.sentences_per_image}")
        if self.workers and (self.streaming or self.instruct_pix2pix):
            raise ValueError(
                "workers make batches of decoded photos and pairs; set it to 0 for streams and edit triplets"
            )
        return self


class PromptConfig(Settings):
    """What is asked for in training, and how it is worded."""

    encoder: str | None = Field(
        None, description="BERT folder or hub id; none: all-MiniLM-L6-v2; 'tiny': random, tests"
    )
    requests: Literal["any", "faithful", "detail"] = Field(
        "any",
        description="what is asked for; faithful: all but natural detail, for a long pixel stage of readings; "
        "detail: nothing else, for networks without text",
    )
    num_wordings: int = Field(30_000, ge=16, description="sentences in the bank, embedded once")
    empty_share: float = Field(0.15, ge=0, le=1, description="share of samples with the empty prompt")
    default_share: float = Field(
        0.2, ge=0, le=1, description="share of requests that are the command's default, what most people run"
    )
    clean_share: float = Field(0.25, ge=0, le=1, description="share of images without added degradation")
    unasked_share: float = Field(0.5, ge=0, le=1, description="how often other kinds are there beside those to remove")


class LossConfig(Settings):
    """The training objective. A weight of 0 leaves the term out and costs nothing."""

    pixel: Literal["l1", "charbonnier", "l2"] = Field("l1", description="pixel distance")
    pixel_weight: float = Field(1.0, ge=0)
    perceptual_weight: float = Field(0.0, ge=0, description="on samples that ask for crisp detail")
    perceptual_layers: dict[str, float] = Field(
        {"conv2_2": 0.5, "conv3_3": 1.0}, description="VGG16 layers before activation, and their weights"
    )
    perceptual_normalise: bool = Field(False, description="compare directions of features, as LPIPS does")
    lpips_weight: float = Field(0.0, ge=0, description="LPIPS (AlexNet), on samples that ask for crisp detail")
    weave_weight: float = Field(0.0, ge=0, description="on samples that ask for crisp detail: no repeated pattern")
    chroma_weight: float = Field(0.0, ge=0, description="on samples that ask for crisp detail: no stains of colour")
    adversarial: Literal["vanilla", "lsgan", "hinge", "ragan"] = Field("vanilla", description="adversarial objective")
    adversarial_weight: float = Field(0.0, ge=0, description="on samples that ask for crisp detail")
    feature_adversarial_weight: float = Field(
        0.0,
        ge=0,
        description="a second judge, of the features of perceptual_layers, on samples that ask for crisp detail",
    )
    crisp_pixel_share: float = Field(0.2, ge=0, le=1, description="pixel weight of crisp samples, relative")
    wrong_prompt: bool = Field(True, description="show the discriminator real images with a wrong sentence")
    intent_weight: float = Field(0.1, ge=0, description="text-only loss: tone parameters and intent of many sentences")
    intent_sentences: int = Field(128, ge=1, description="sentences per step for the text-only loss")


class OptimConfig(Settings):
    """Adam for both networks, one cosine schedule with warm-up."""

    learning_rate: float = Field(5e-4, gt=0)
    discriminator_learning_rate: float = Field(2e-4, gt=0)
    betas: tuple[float, float] = (0.9, 0.99)
    warmup_steps: int = Field(100, ge=0, description="linear rise from 0")
    final_share: float = Field(0.01, ge=0, le=1, description="learning rate at the last step, relative")
    clip_norm: float = Field(1.0, gt=0, description="gradient norm above which gradients are scaled down")
    accumulate_steps: int = Field(1, ge=1, description="micro-batches per optimiser step")


class TrainConfig(Settings):
    """One training run: sentences alone, then a pixel stage, then a GAN stage ramped in."""

    run: Path = Field(Path("runs/tiny"), description="folder for checkpoints, log and samples")
    seed: int = Field(0, ge=0, description="every random number of step s follows from (seed, s)")
    text_steps: int = Field(0, ge=0, description="steps on sentences alone, before all others; cheap")
    pixel_steps: int = Field(60, ge=0, description="steps with the pixel loss only")
    gan_steps: int = Field(40, ge=0, description="steps with all losses")
    ramp_steps: int = Field(20, ge=1, description="steps over which the GAN terms rise to full weight")
    generator: GeneratorConfig = GeneratorConfig()
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    data: DataConfig = DataConfig()
    strengths: StrengthsConfig = StrengthsConfig()
    prompts: PromptConfig = PromptConfig()
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    start_from: Path | None = Field(None, description="model folder whose weights the generator starts from")
    ema_decay: float = Field(0.999, ge=0, lt=1, description="decay of the averaged weights, per step")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", description="auto: bf16 where the device has it")
    log_every_steps: int = Field(10, ge=1)
    save_every_steps: int = Field(50, ge=1)
    keep_checkpoints: int = Field(2, ge=1)
    validate_every_steps: int = Field(50, ge=1)
    validation_folder: Path | None = Field(None, description="photos for validation; none: synthetic images")
    validation_images: int = Field(4, ge=1, description="images scored at each validation")
    tensorboard: bool = Field(False, description="TensorBoard beside the JSONL log")
    deterministic: bool = Field(True, description="deterministic kernels where the device offers them")

    @model_validator(mode="after")
    def _networks_fit(self) -> "TrainConfig":
        if self.generator.more_scales:
            raise ValueError("generator.more_scales are taught to a finished network, by recipes/train_tails.py")
        if self.data.smallest_px * self.generator.scale < 2**self.discriminator.num_strides:
            raise ValueError("discriminator.num_strides halves the patch (data.patch_px * scale) to less than a pixel")
        if self.loss.lpips_weight > 0 and self.data.smallest_px * self.generator.scale < LPIPS_SIDE_PX:
            raise ValueError(f"loss.lpips_weight needs patches of {LPIPS_SIDE_PX} px (data.patch_px * scale) and more")
        judges_features = self.loss.feature_adversarial_weight > 0
        if judges_features and not (self.loss.adversarial_weight > 0 and self.loss.perceptual_weight > 0):
            raise ValueError(
                "loss.feature_adversarial_weight judges what loss.perceptual_weight compares, beside "
                "loss.adversarial_weight: set both above 0"
            )
        return self

    @property
    def num_steps(self) -> int:
        """Steps of the whole run."""
        return self.pixel_steps + self.gan_steps

    @property
    def window_px(self) -> int:
        """Side of the high-resolution window that a training patch is cut out of."""
        return (self.data.patch_px + self.data.margin_px) * self.generator.scale


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys silently, and expands aliases without end; both are refused here."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.YAMLError(f"duplicate key {max(keys, key=keys.count)!r}")
        return super().construct_mapping(node, deep)


def load_train_config(path: Path) -> TrainConfig:
    """The overlay ``path`` over the defaults; raises ConfigError naming the file and the key."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give an existing YAML file.") from None
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(f"{path}: a config is at most {MAX_CONFIG_BYTES} bytes, this has {len(text)}.")
    try:
        values = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506, TID251  a SafeLoader, only stricter
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:  # PyYAML lets them through
        raise ConfigError(f"{path}: not valid YAML ({' '.join(str(error).split())}).") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: a config is a mapping of keys to values.")
    return parse(TrainConfig, values, str(path))
