"""Which text encoder serves a model of raw embeddings: the one that it was trained with, or none at all.

Vectors of two encoders may have the same length and mean nothing to each other, so identities are compared.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.sentences import BertSentences, Sentences

if TYPE_CHECKING:
    from srgan_prompt.checkpoints.model_folder import ReleasedModel
    from srgan_prompt.text.encoder import TextEncoder

FLAG = "--text-encoder"
_HOW = f"name it with {FLAG} FOLDER or HUB_ID (in Python: text_encoder=...)"


def sentences_of(released: "ReleasedModel", name: str, text_encoder: str | Path | None = None) -> Sentences:
    """The encoder of the model called ``name``: ``text_encoder`` if given, else what is recorded, else MiniLM.

    MiniLM is loaded only when a sentence needs it; any other encoder now, to compare its identity. Of a model from
    before there were records nothing is known, and the encoder that is given is taken.

    Raises:
        ModelError: the encoder is missing, or is not the one that the model was trained with.
        UsageError: an encoder is given for a model that takes no raw embeddings.
    """
    if released.config["text_features"] != "raw" or released.config["composition"] == "none":
        refuse_encoder(text_encoder, name)
        return BertSentences()
    from srgan_prompt.text.canonical import shipped_table
    from srgan_prompt.text.encoder import TextEncoder

    recorded = released.encoder
    if text_encoder is not None:
        encoder = TextEncoder.named(text_encoder)
    elif recorded is not None and recorded.identity == shipped_table().identity:
        return BertSentences()
    elif source := released.encoder_source or (recorded and recorded.name):
        encoder = _found(source, name)
    elif recorded is None:
        return BertSentences()
    else:
        raise ModelError(f"{name} was trained with a text encoder that has no public name; {_HOW}.")
    if recorded is not None and encoder.identity != recorded.identity:
        known_as = f" ({recorded.name})" if recorded.name else ""
        raise ModelError(
            f"{name} was trained with another text encoder{known_as} than"
            f" {text_encoder or released.encoder_source or recorded.name}: their identities are {recorded.identity} and"
            f" {encoder.identity}; {_HOW}."
        )
    return BertSentences(encoder)


def refuse_encoder(text_encoder: str | Path | None, name: str) -> None:
    """Raise UsageError if an encoder is given for the model called ``name``, which needs none."""
    if text_encoder is not None:
        raise UsageError(f"{name} needs no text encoder; leave {FLAG} out.")


def _found(source: str, name: str) -> "TextEncoder":
    from srgan_prompt.text.encoder import TextEncoder

    try:
        return TextEncoder.named(source)
    except ModelError as error:
        raise ModelError(f"{name} was trained with the text encoder {source}, which is not found; {_HOW}.") from error
