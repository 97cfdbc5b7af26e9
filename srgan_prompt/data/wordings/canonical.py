"""The one documented wording of each operation: used in the README and for the embeddings that ship."""

from srgan_prompt.prompts.operations import OPERATIONS, Clause

# operation: (a little, plain, a lot, any other amount)
_WORDINGS: dict[str, tuple[str, str, str, str]] = {
    "denoise": ("remove some of the noise", "remove the noise", "", "remove {} of the noise"),
    "deblur": ("remove some of the blur", "remove the blur", "", "remove {} of the blur"),
    "dejpeg": (
        "remove some of the compression artefacts",
        "remove the compression artefacts",
        "",
        "remove {} of the compression artefacts",
    ),
    "restore": (
        "remove some of the noise and artefacts",
        "remove noise and artefacts",
        "",
        "remove {} of the noise and artefacts",
    ),
    "brighten": ("make it a bit brighter", "make it brighter", "make it a lot brighter", "make it brighter by {}"),
    "darken": ("make it a bit darker", "make it darker", "make it a lot darker", "make it darker by {}"),
    "contrast_up": (
        "increase the contrast a bit",
        "increase the contrast",
        "increase the contrast a lot",
        "increase the contrast by {}",
    ),
    "contrast_down": (
        "reduce the contrast a bit",
        "reduce the contrast",
        "reduce the contrast a lot",
        "reduce the contrast by {}",
    ),
    "saturate": (
        "make the colours a bit more vivid",
        "make the colours more vivid",
        "make the colours a lot more vivid",
        "make the colours more vivid by {}",
    ),
    "desaturate": (
        "make the colours a bit less vivid",
        "make the colours less vivid",
        "make the colours a lot less vivid",
        "make the colours less vivid by {}",
    ),
    "warm": ("make it a bit warmer", "make it warmer", "make it a lot warmer", "make it warmer by {}"),
    "cool": ("make it a bit cooler", "make it cooler", "make it a lot cooler", "make it cooler by {}"),
    "grayscale": ("make it partly black and white", "make it black and white", "", "make it {} black and white"),
    "sepia": ("add a slight sepia tone", "add a sepia tone", "", "add a {} sepia tone"),
    "faithful": ("", "keep it faithful, nothing invented", "", "keep it {} faithful"),
    "crisp": ("a bit more natural detail", "natural detail", "", "{} natural detail"),
}

_KEPT: dict[str, str] = {
    "denoise": "keep the grain",
    "deblur": "keep the blur",
    "dejpeg": "keep the compression artefacts",
    "restore": "keep the flaws",
    "brighten": "don't make it brighter",
    "darken": "don't make it darker",
    "contrast_up": "don't increase the contrast",
    "contrast_down": "don't reduce the contrast",
    "saturate": "don't make the colours more vivid",
    "desaturate": "don't make the colours less vivid",
    "warm": "don't make it warmer",
    "cool": "don't make it cooler",
    "grayscale": "don't make it black and white",
    "sepia": "don't add a sepia tone",
    "faithful": "allow new detail",
    "crisp": "don't add detail",
}


def canonical_clause(clause: Clause) -> str:
    """The documented wording of one clause, as a short command."""
    operation = OPERATIONS[clause.operation]
    slight, plain, strong, number = _WORDINGS[clause.operation]
    amounts = {operation.slight: slight, operation.strong: strong, operation.plain: plain}  # plain wins a tie
    return amounts.get(clause.amount) or number.format(f"{round(100 * clause.amount, 1):g} percent")


def canonical_keep(operation: str) -> str:
    """The documented wording for forbidding ``operation``."""
    return _KEPT[operation]
