"""A BERT by its hub name: from the local hub cache first, from the network only as a last resort."""

from pathlib import Path

from srgan_prompt.assets.bert_folder import BERT_FILES, check_bert_folder
from srgan_prompt.assets.sources import SourceMissError


def find_in_hub_cache(hub_name: str, weights_sha256: str | None) -> Path:
    """The snapshot folder in the local hub cache; never uses the network. Raises ``SourceMissError``."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(hub_name, "config.json")
    except HFValidationError as error:
        raise SourceMissError(f"{hub_name!r} is not a hub name: use 'owner/model' or an existing folder") from error
    if not isinstance(config, str):
        raise SourceMissError("not in the local hub cache")
    return check_bert_folder(Path(config).parent, weights_sha256)


def download_from_hub(hub_name: str, weights_sha256: str | None) -> Path:
    """Download the few files a BERT needs into the hub cache. Raises ``SourceMissError``."""
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(hub_name, allow_patterns=list(BERT_FILES), etag_timeout=10)
    except Exception as error:  # network, proxy, authentication, disk: each stack has its own classes
        raise SourceMissError(f"{type(error).__name__}: {_first_line(str(error))}") from error
    return check_bert_folder(Path(folder), weights_sha256)


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
