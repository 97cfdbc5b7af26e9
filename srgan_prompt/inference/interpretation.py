"""What a prompt means to a model: the numbers that steer it, what was read, and what the user should know about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from srgan_prompt.inference.engine import PromptEmbedding
from srgan_prompt.inference.load import LoadedModel
from srgan_prompt.inference.prompts import Prompt, shortened
from srgan_prompt.inference.readings import ReadClause, read_clauses


@dataclass(frozen=True)
class Interpretation:
    """``guidance``: what the engine is run with, None if nothing acts. ``readings``: of models that take them."""

    guidance: PromptEmbedding | None = None
    readings: tuple[ReadClause, ...] = ()
    notes: tuple[str, ...] = ()


def interpret(asked: Prompt, model: LoadedModel) -> Interpretation:
    """``asked`` as ``model`` understands it. Raises ModelError where a sentence needs an encoder that is not there."""
    facts = model.engine.facts
    if not facts.takes_prompts:
        is_told = asked.acts and not asked.is_default
        return Interpretation(notes=(f"{facts.why_no_prompts()}; yours was ignored.",) if is_told else ())
    if facts.intents is not None:
        read = read_clauses(asked, model.reader, facts.intents)
        return Interpretation(read.guidance(facts.intents, asked.strength), read.clauses, read.notes)
    guidance = asked.guidance(model.sentences.embed)
    if guidance is None or asked.is_default:
        return Interpretation(guidance)
    return Interpretation(guidance, notes=tuple(_notes(asked, guidance, model)))


def _notes(asked: Prompt, guidance: PromptEmbedding, model: LoadedModel) -> Iterator[str]:
    """Of raw embeddings: the encoder cuts long sentences, and the network says itself whether it knows one."""
    for (text, _), understood in zip(asked.clauses, model.engine.recognises(guidance.texts), strict=True):
        if cut := model.sentences.num_tokens_cut(text):
            yield f"The prompt is too long: its last {cut} word pieces were not read."
        if not understood:
            yield f"'{shortened(text)}' asks for nothing that this model knows; it may do little."
