"""Retrieval by image and text: find, in a folder of images, those that a sentence would make of another image.

A trained ``TirgRetriever`` (Vo et al. 2019) is a folder: model.safetensors  config.json  texts.json  manifest.json.
Sentences reach its network as numbers of words for an LSTM, or as the vectors of a frozen BERT.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import torch
from PIL import Image as PillowImage
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from srgan_prompt.checkpoints.folder import load_folder, load_strict, save_folder
from srgan_prompt.checkpoints.format import JSON
from srgan_prompt.checkpoints.model import EncoderRecord, read_encoder
from srgan_prompt.config import parse
from srgan_prompt.data.image_cache import as_images
from srgan_prompt.errors import ConfigError, ModelError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.photos import photos_in, read_rgb8
from srgan_prompt.models.retrieval import PADDING, RetrievalConfig, RetrievalNetwork

if TYPE_CHECKING:
    from srgan_prompt.prompts.encoder import TextEncoder

_IMAGES_AT_ONCE = 256
_WORD = re.compile(r"[a-z]+")


class Match(NamedTuple):
    """An image of the index, and the cosine in [-1, 1] between it and the query."""

    path: Path
    similarity: float


class TirgRetriever:
    """A trained ``network``, what makes numbers of sentences for it, and an index of images: empty until ``index``."""

    def __init__(self, network: RetrievalNetwork, texts: "Texts") -> None:
        self.network = network.eval()
        self.texts = texts
        self.paths: list[Path] = []
        self.vectors = torch.zeros(0, network.config.dim)

    @classmethod
    def load(cls, folder: str | Path) -> "TirgRetriever":
        """The retriever that ``save`` wrote. Raises ``ModelError`` if it is missing, damaged, or something else."""
        folder = Path(folder)
        loaded = load_folder(folder)
        if not {"config", "texts"} <= loaded.documents.keys() or "model" not in loaded.tensors:
            raise ModelError(f"{folder} holds no retriever; make one with recipes/studies/tirg_retrieval.py.")
        settings: Any = loaded.documents["config"]  # whatever JSON it is
        try:
            config = parse(RetrievalConfig, settings, str(folder / "config.json"))
        except ConfigError as error:  # a fault of the model, not of the user's own settings
            raise ModelError(str(error)) from None
        network = RetrievalNetwork(config)
        load_strict(network, loaded.tensors["model"], folder)
        texts = read_texts(loaded.documents["texts"], folder)
        if texts.width != config.text_width:
            raise ModelError(f"{folder} has {texts.width} words for a network of {config.text_width}; train it again.")
        return cls(network, texts)

    def save(self, folder: str | Path, *, train_step: int = 0, overwrite: bool = False) -> None:
        """Write network and texts, all or nothing; not the index. Raises ``OutputError`` if the folder exists."""
        documents = {"config": self.network.config.model_dump(mode="json"), "texts": self.texts.document()}
        tensors = {"model": self.network.state_dict()}
        save_folder(Path(folder), tensors, documents, kind="model", step=train_step, overwrite=overwrite)

    def index(self, folder: str | Path) -> int:
        """Put all images below ``folder`` into the index, in place of what was there; returns how many they are.

        Raises ``DataError`` if there are none, ``InputImageError`` if one cannot be read; the index is then as before.
        """
        paths = photos_in(Path(folder))
        rows = range(0, len(paths), _IMAGES_AT_ONCE)
        vectors = torch.cat([self.embed(self._read(paths[row : row + _IMAGES_AT_ONCE])) for row in rows])
        self.paths, self.vectors = paths, vectors
        return len(paths)

    def search(self, image: str | Path | np.ndarray, text: str = "", top_k: int = 5) -> list[Match]:
        """The images of the index that are most like ``image`` after what ``text`` says, the best first.

        ``image`` is a file, or pixels (H, W, 3) uint8. Without ``text`` the image itself is looked for. Raises
        ``UsageError`` if the index is empty, ``top_k`` is none, or the text has a word that was not taught.
        """
        if not self.paths:
            raise UsageError("The index is empty; call index(folder) with a folder of images first.")
        if top_k < 1:
            raise UsageError(f"top_k is {top_k}; ask for one match at least.")
        pixels = self._resized(image)[None] if isinstance(image, np.ndarray) else self._read([Path(image)])
        query = self.compose(pixels, [text]) if text.strip() else self.embed(pixels)
        similarities, rows = (query @ self.vectors.T)[0].topk(min(top_k, len(self.paths)))
        return [Match(self.paths[row], value) for row, value in zip(rows.tolist(), similarities.tolist(), strict=True)]

    def embed(self, pixels: np.ndarray) -> Tensor:
        """Images (N, side, side, 3) uint8 to unit vectors (N, D)."""
        rows = range(0, len(pixels), _IMAGES_AT_ONCE)
        with torch.no_grad():
            vectors = [self.network.embed(as_images(pixels[row : row + _IMAGES_AT_ONCE])) for row in rows]
        return torch.cat(vectors)

    def compose(self, pixels: np.ndarray, sentences: Sequence[str]) -> Tensor:
        """Images (N, side, side, 3) uint8, each with K sentences in a row, to queries (N * K, D)."""
        repeats = len(sentences) // len(pixels)
        with torch.no_grad():
            features = self.network.features(as_images(pixels)).repeat_interleave(repeats, dim=0)
            return self.network.compose(features, self.texts(sentences))

    def _read(self, paths: Sequence[Path]) -> np.ndarray:
        return np.stack([self._resized(read_rgb8(path)) for path in paths])

    def _resized(self, rgb: np.ndarray) -> np.ndarray:
        side_px = self.network.config.side_px
        return np.array(PillowImage.fromarray(rgb).resize((side_px, side_px), PillowImage.Resampling.BICUBIC))


class Texts(Protocol):
    """What makes a tensor of sentences. ``width`` is the network's ``text_width``, ``document`` what to save of it."""

    width: int

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """One row for each sentence."""

    def document(self) -> dict[str, JSON]:
        """What ``read_texts`` makes it of again."""


class WordNumbers:
    """Sentences to (B, T) int64: places of their words in ``words``, counted from 1, and ``PADDING`` behind."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.width = len(self.words)
        self._numbers = {word: number + 1 for number, word in enumerate(self.words)}

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """Capitals and punctuation do not count. Raises ``UsageError`` for an unknown word, or none at all."""
        rows = [torch.tensor([self._number(word) for word in self._split(sentence)]) for sentence in sentences]
        return pad_sequence(rows, batch_first=True, padding_value=PADDING)

    def document(self) -> dict[str, JSON]:
        """The vocabulary."""
        return {"words": list(self.words)}

    def _split(self, sentence: str) -> list[str]:
        words = _WORD.findall(sentence.lower())
        if not words:
            raise UsageError(f"The sentence {printable(sentence)!r} has no words; say what is to be different.")
        return words

    def _number(self, word: str) -> int:
        if word not in self._numbers:
            raise UsageError(f"The retriever was not taught the word {word!r}; it knows {', '.join(self.words)}.")
        return self._numbers[word]


class SentenceVectors:
    """Sentences to unit vectors (B, D) by a frozen BERT."""

    def __init__(self, encoder: "TextEncoder") -> None:
        self._encoder = encoder
        self.width = encoder.dim

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """Any English whatever."""
        return self._encoder.encode(sentences)

    def document(self) -> dict[str, JSON]:
        """Which BERT it was."""
        return {"encoder": EncoderRecord.of(self._encoder).model_dump(mode="json")}


def read_texts(document: JSON, folder: Path) -> Texts:
    """What the ``document`` of a folder describes. Raises ``ModelError`` if it does not, or its BERT cannot be had."""
    match document:
        case {"words": [str(), *_] as words} if all(isinstance(word, str) for word in words):
            return WordNumbers([str(word) for word in words])
        case {"encoder": dict() as record}:
            return SentenceVectors(_load_encoder(read_encoder(record, folder), folder))
        case _:
            raise ModelError(f"{folder / 'texts.json'} has neither words nor an encoder; train the retriever again.")


def _load_encoder(record: EncoderRecord | None, folder: Path) -> "TextEncoder":
    from srgan_prompt.prompts.encoder import TextEncoder

    if record is None or record.name is None:
        raise ModelError(f"{folder} was trained with a BERT from a folder, which it does not name; train it again.")
    encoder = TextEncoder.named(record.name)
    if encoder.identity != record.identity:
        raise ModelError(f"{folder} was trained with another version of {record.name}; train it again.")
    return encoder
