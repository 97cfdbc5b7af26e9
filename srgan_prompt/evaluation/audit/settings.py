"""How much the audit measures, and so how long it takes."""

from pydantic import Field

from srgan_prompt.config import Settings


class AuditSettings(Settings):
    """The defaults take some minutes on two cores for 8 pictures of 384 px."""

    num_images: int = Field(8, ge=1, description="pictures taken from a folder")
    side_px: int = Field(384, ge=32, description="longest side of the high-resolution centre that is used")
    wordings_per_request: int = Field(
        2, ge=1, description="grammar wordings, never trained on, per request and picture"
    )
    num_offtopic: int = Field(4, ge=1, description="sentences off topic per picture")
    intent_sentences: int = Field(20, ge=1, description="grammar wordings per operation read without any picture")
    known_wordings: int = Field(30_000, ge=0, description="training sentences that stand-ins for BERT learn from")
    num_triples: int = Field(48, ge=1, description="sentences of three tone wishes; pairs are all tried")
    with_lpips: bool = Field(False, description="measure LPIPS too: slow, and its weights are needed")
    seed: int = Field(0, ge=0, description="of damage and wordings")
