"""Any string a user may paste, made safe for a tokenizer: no control characters, no broken Unicode."""

import unicodedata


def clean_prompt(prompt: str) -> str:
    """``prompt`` on one line: white space and control characters become single spaces, lone surrogates vanish.

    Letters, accents, scripts and emoji stay as they are.
    """
    return " ".join("".join(map(_clean_character, prompt)).split())


def _clean_character(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":  # control characters, NUL among them
            return " "
        case "Cs":  # half of a surrogate pair, which UTF-8 cannot encode
            return ""
        case _:
            return character


def normalise_prompt(prompt: str) -> str:
    """The form in which prompts are compared: cleaned, lower case, without a final dot."""
    return clean_prompt(prompt).casefold().removesuffix(".").rstrip()
