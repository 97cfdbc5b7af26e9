"""Which text encoder a network of raw embeddings was trained with: ``encoder.json`` of a model folder or checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from srgan_prompt.checkpoints.strict_json import JSON
from srgan_prompt.errors import ModelError

if TYPE_CHECKING:
    from srgan_prompt.prompts.encoder import TextEncoder

ENCODER_DOCUMENT = "encoder"
# A hub id, and no path: a model from elsewhere cannot point into the folders of whoever loads it.
HubName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)?$")]


class EncoderRecord(BaseModel):
    """``identity`` is that of ``TextEncoder``; ``name`` on the hub, None for a folder, which others do not have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    identity: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    name: HubName | None = None

    @classmethod
    def of(cls, encoder: "TextEncoder") -> "EncoderRecord":
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
