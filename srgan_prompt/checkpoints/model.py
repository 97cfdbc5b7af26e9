"""A released model: where it lies, its weights, settings, card, and what was measured on it; or what a run has so far.

model.safetensors  config.json  README.md  manifest.json  [encoder.json  audit.json  benchmark.json]

``encoder.json`` names the text encoder that a network of raw embeddings was trained with.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from torch import Tensor

from srgan_prompt.checkpoints.folder import LoadedCheckpoint, load_folder, save_folder
from srgan_prompt.checkpoints.format import (
    CARD_NAME,
    JSON,
    MANIFEST_NAME,
    Manifest,
    checkpoints_of,
    json_sha256,
    package_versions,
)
from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.errors import ConfigError, ModelError, UsageError, first_line
from srgan_prompt.files import SHIPPED_MODEL
from srgan_prompt.network_config import GeneratorConfig, parse

if TYPE_CHECKING:
    from srgan_prompt.prompts.encoder import TextEncoder
    from srgan_prompt.prompts.prompt_encoder import TokenEncoder


NO_PICKLES = "pickled weights (.pth, .pt, .ckpt, .bin) are never loaded"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
LICENCE = "MIT"  # SPDX name, for the header of the weights
ENCODER_DOCUMENT = "encoder"
# A hub id, and no path: a model from elsewhere cannot point into the folders of whoever loads it.
HubName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?$")]


class EncoderRecord(BaseModel):
    """``identity`` is that of ``TextEncoder``; ``name`` on the hub, None for a folder, which others do not have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    identity: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    name: HubName | None = None

    @classmethod
    def of(cls, encoder: "TextEncoder | TokenEncoder") -> "EncoderRecord":
        """The record of an encoder at hand."""
        return cls(identity=encoder.identity, name=encoder.name)


def read_encoder(document: JSON, folder: Path) -> EncoderRecord | None:
    """The record in ``document``; None, as in folders from before there were records, stays None. Raises ModelError."""
    if document is None:
        return None
    try:
        return EncoderRecord.model_validate(document)
    except ValidationError:
        raise ModelError(
            f"{folder / ENCODER_DOCUMENT}.json does not name a text encoder; fetch or save the folder again."
        ) from None


OPTIONAL_DOCUMENTS = ("audit", "benchmark")
MODEL_FILES = (
    MANIFEST_NAME,
    "model.safetensors",
    "config.json",
    CARD_NAME,
    *(f"{name}.json" for name in (ENCODER_DOCUMENT, *OPTIONAL_DOCUMENTS)),
)


class ReleasedModel(NamedTuple):
    """``state`` fits the network that ``config`` describes; ``documents`` are the optional measurements.

    ``encoder``: what is recorded of the text encoder behind raw embeddings, None in folders from before; of a run,
    ``encoder_source`` is the folder, hub id or "tiny" of its own config.
    """

    state: dict[str, Tensor]
    config: dict[str, Any]
    manifest: Manifest
    documents: dict[str, JSON]
    encoder: EncoderRecord | None = None
    encoder_source: str | None = None

    def at_own_scale(self) -> "ReleasedModel":
        """Without the tails for further scales, which fit this very trunk: what other training begins from."""
        state = {name: each for name, each in self.state.items() if not name.startswith("more_tails.")}
        return self._replace(state=state, config=self.config | {"more_scales": []})


def save_model(
    folder: Path,
    state: Mapping[str, Tensor],
    config: dict[str, Any],
    card: str,
    extra_documents: Mapping[str, JSON] | None = None,
    *,
    train_step: int,
    encoder: EncoderRecord | None = None,
    overwrite: bool = False,
) -> Manifest:
    """Write a model folder, all or nothing.

    Args:
        folder: must not exist, unless ``overwrite``.
        state: ``generator.state_dict()``, finite.
        config: that of a ``GeneratorConfig``; stored with every field written out.
        card: the text of ``README.md`` (see ``card.model_card``).
        extra_documents: ``audit`` and ``benchmark``.
        train_step: optimiser steps behind these weights.
        encoder: the text encoder that a network of raw embeddings was trained with.

    Raises:
        OutputError: the folder exists or cannot be written.
        ModelError: the config is no ``GeneratorConfig``, a weight is not finite, or a document has another name.
    """
    documents = dict(extra_documents or {})
    if unknown := documents.keys() - set(OPTIONAL_DOCUMENTS):
        raise ModelError(
            f"A model folder holds no {min(unknown)}.json; it may hold {' and '.join(OPTIONAL_DOCUMENTS)}."
        )
    if encoder is not None:
        documents[ENCODER_DOCUMENT] = encoder.model_dump(mode="json")
    config = _validated(config, folder)
    # Repeated in the header, so that the weights still tell what they are when the file travels alone.
    tensor_metadata = {
        "srgan_prompt.version": package_versions()["srgan-prompt"],
        "scale": str(config["scale"]),
        "train_step": str(train_step),
        "config_sha256": json_sha256(config),
        "licence": LICENCE,
    }
    return save_folder(
        folder,
        {"model": state},
        {"config": config, **documents},
        kind="model",
        step=train_step,
        card=card,
        tensor_metadata=tensor_metadata,
        overwrite=overwrite,
    )


def resolve_model(source: str | Path | None, revision: str | None = None, *, shipped: Path = SHIPPED_MODEL) -> Path:
    """The model folder that ``source`` stands for, fetched if need be; its contents are verified by ``load_model``.

    Args:
        source: None for the model that ships with the package, ``shipped``; a folder; or a hub id ("owner/name").
        revision: branch, tag or commit on the hub; folders have none.

    Raises:
        ModelError: there is no such folder or hub model, or the hub cannot be reached.
        UsageError: a revision of what is no hub model.
    """
    folder = shipped if source is None else Path(source).expanduser()
    if revision is not None and (source is None or folder.exists()):
        where = "the shipped model" if source is None else folder
        raise UsageError(f"A revision is of a model on the hub, and {where} is on this machine; leave it out.")
    if folder.is_dir():
        return folder
    if source is None:
        raise ModelError("This installation ships no weights; name a model folder or a hub id.")
    if folder.exists():
        raise ModelError(f"{source} is a file; name the folder that holds {MANIFEST_NAME}: {NO_PICKLES}.")
    if isinstance(source, str) and _HUB_ID.fullmatch(source):
        return _fetch(source, revision)
    raise ModelError(f"There is no model folder {str(source)!r}, and that is no hub id of the form owner/name.")


def _fetch(repo_id: str, revision: str | None) -> Path:
    """The folder in the hub's own cache. Only the files that a model folder may hold are ever fetched."""
    import huggingface_hub
    from huggingface_hub import errors

    try:
        snapshot = huggingface_hub.snapshot_download(repo_id, revision=revision, allow_patterns=list(MODEL_FILES))
    except errors.RevisionNotFoundError:
        raise ModelError(f"{repo_id} has no revision {revision!r} on the hub.") from None
    except errors.RepositoryNotFoundError:
        hint = "check the spelling, or log in with `hf auth login` if it is private"
        raise ModelError(f"There is no folder and no hub model {repo_id}; {hint}.") from None
    except errors.LocalEntryNotFoundError:
        where = "is no folder here and not in the hub cache, and the hub cannot be reached"
        raise ModelError(f"{repo_id} {where}; connect, or name a model folder.") from None
    except Exception as error:
        raise ModelError(f"{repo_id} cannot be fetched from the hub ({first_line(error)}).") from error
    folder = Path(snapshot)
    if not (folder / MANIFEST_NAME).is_file():
        raise ModelError(f"{repo_id} on the hub has no {MANIFEST_NAME}: it is not ours, and {NO_PICKLES}.")
    return folder


def load_model(folder: Path) -> ReleasedModel:
    """The verified contents of a model folder; ``GeneratorConfig(**config)`` is sure to succeed.

    Of a training checkpoint, and of the newest one in the folder of a run, the averaged weights are taken.

    Raises:
        ModelError: it is missing or damaged, or its config has an unknown key (``auto_map``,
            ``trust_remote_code``, ...): a config never decides what code runs.
    """
    loaded = _newest_of_run(folder) or load_folder(folder)
    if loaded.manifest.kind == "training":
        return _averaged(loaded)
    if "model" not in loaded.tensors or "config" not in loaded.documents:
        raise ModelError(f"{folder} lists no model.safetensors or no config.json in its manifest; fetch it again.")
    encoder = read_encoder(loaded.documents.pop(ENCODER_DOCUMENT, None), folder)
    config = _validated(loaded.documents.pop("config"), folder)
    return ReleasedModel(loaded.tensors["model"], config, loaded.manifest, loaded.documents, encoder)


def _newest_of_run(folder: Path) -> LoadedCheckpoint | None:
    if not folder.is_dir() or (folder / MANIFEST_NAME).exists():
        return None
    root = checkpoints_of(folder)
    newest = load_newest(root)
    if newest is None and root != folder:
        raise ModelError(f"{folder} is a run without a checkpoint yet; train on, or name another model.")
    return newest


def _averaged(checkpoint: LoadedCheckpoint) -> ReleasedModel:
    settings = checkpoint.documents.get("config")
    if "ema" not in checkpoint.tensors or not isinstance(settings, dict):
        raise ModelError(f"{checkpoint.path} lacks its averaged weights or its settings; use another checkpoint.")
    config = _validated(settings.get("generator"), checkpoint.path)
    prompts = settings.get("prompts")
    source = prompts.get("encoder") if isinstance(prompts, dict) else None
    encoder = read_encoder(checkpoint.documents.get(ENCODER_DOCUMENT), checkpoint.path)
    return ReleasedModel(
        checkpoint.tensors["ema"], config, checkpoint.manifest, {}, encoder, source if isinstance(source, str) else None
    )


def _validated(config: Any, folder: Path) -> dict[str, Any]:
    """``config`` with every field written out: defaults may change, released models may not."""
    try:
        return parse(GeneratorConfig, config, str(folder / "config.json")).model_dump(mode="json")
    except ConfigError as error:  # a fault of the model, not of the user's own settings
        raise ModelError(str(error)) from None
