"""Is this folder a BERT that the text encoder can load: BERT config, safetensors weights, a vocabulary?"""

import json
from pathlib import Path

from srgan_prompt.assets.cache import has_sha256
from srgan_prompt.assets.catalog import WEIGHTS_FILE
from srgan_prompt.assets.sources import SourceMissError

# What a BERT needs; a repository usually holds many more formats of the same weights.
BERT_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    WEIGHTS_FILE,
)


def check_bert_folder(folder: Path, weights_sha256: str | None = None) -> Path:
    """``folder`` itself, if it is complete. Raises ``SourceMissError`` that says what is wrong with it."""
    for name in ("config.json", WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise SourceMissError(f"{folder} has no {name}")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise SourceMissError(f"{folder} has neither tokenizer.json nor vocab.txt")
    model_type = _model_type(folder / "config.json")
    if model_type != "bert":
        raise SourceMissError(f"{folder} holds a model of type {model_type!r}, not 'bert'")
    if weights_sha256 and not has_sha256(folder / WEIGHTS_FILE, weights_sha256):
        raise SourceMissError(f"{folder / WEIGHTS_FILE} does not have the pinned sha256")
    return folder


def _model_type(config: Path) -> object:
    try:
        parsed = json.loads(config.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceMissError(f"{config} is not JSON ({error})") from error
    return parsed.get("model_type") if isinstance(parsed, dict) else None
