"""Turn a training run into a released model: its EMA weights, measured tables, a model card.

    python recipes/release.py runs/x4 --benchmark Set5 Set14 BSD100 --licences PHOTOS/licences.csv --out my_model

The newest whole checkpoint of the run is taken, or a model folder, to measure it anew. Beside the new model folder,
my_model.onnx and my_model.param (with its .bin) are written for --engine onnx and ncnn. Needs the extras "train",
"onnx" and "ncnn". Everything is measured in float32. Cost: about two seconds per image and prompt.
``--tone-photos`` first lets the tone head learn small amounts exactly; nothing else moves (two minutes on one core).
``--average-with`` mixes in the weights that a fine-tuning run began from: less distortion for next to no detail. A
refined tail that they lack counts as one that adds nothing.
``--licences`` is a CSV with the columns source and licence, one row a training photo; it is summed up in the card.
"""

import argparse
from pathlib import Path

import torch

from srgan_prompt.checkpoints.card import model_card, photo_origins
from srgan_prompt.checkpoints.folder import load_strict
from srgan_prompt.checkpoints.model import ReleasedModel, load_model, save_model
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.audit.labelled_sentences import read_sentences
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings, load_images
from srgan_prompt.evaluation.audit.report import as_document
from srgan_prompt.evaluation.audit.run import AuditResult, run_audit
from srgan_prompt.evaluation.audit.tables import summary_table
from srgan_prompt.evaluation.audit.targets import summarise
from srgan_prompt.evaluation.benchmark import SetResult, bicubic, card_metrics, ours, run_benchmark
from srgan_prompt.evaluation.benchmark import as_document as benchmark_document
from srgan_prompt.evaluation.metrics import STANDARD
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.models.weights import interpolate_weights, weights_for
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, canonical, plain_request
from srgan_prompt.prompts.prompt_encoder import prompt_encoder_of
from srgan_prompt.training.steps import features_of, fit_tone

PROMPTS = ("", canonical(plain_request("crisp")), canonical(DEFAULT_REQUEST))
LIMITS = (
    "It upscales by {scales} and was trained on photographs: drawings, text and distant faces are not its strength.",
    "It knows the operations of srgan_prompt/prompts/operations.py; other wishes change nothing, and are reported.",
    "Detail made with the crisp request is plausible, not evidence: do not read plates or faces from it.",
    "Sentences are read in English; others change nothing, and are reported.",
)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="run folder of recipes/train_gan.py, or a model folder")
    parser.add_argument("--benchmark", nargs="*", type=Path, default=[], help="test sets to measure")
    parser.add_argument("--photos", type=Path, help="validation photos for the prompt audit")
    parser.add_argument("--num-images", type=int, default=8, help="photos used (default: %(default)s)")
    parser.add_argument("--side-px", type=int, default=384, help="centre of each that is used (default: %(default)s)")
    parser.add_argument("--requests", type=Path, help="JSON file of people's sentences for the audit")
    parser.add_argument("--licences", type=Path, help="CSV of the training photos: source, licence")
    parser.add_argument("--name", help="name of the model in its card (default: srgan_prompt and its scale)")
    parser.add_argument("--note", default="", help="a sentence on how it was trained, for the card")
    parser.add_argument("--average-with", type=Path, help="model folder, such as the one that the run started from")
    parser.add_argument("--share", type=float, default=0.75, help="of the run's weights in that average (default 0.75)")
    parser.add_argument("--tone-photos", type=Path, help="training photos, for a last stage of the tone head")
    parser.add_argument("--tone-steps", type=int, default=12_000, help="steps of that stage (default: %(default)s)")
    parser.add_argument("--text-encoder", help="BERT of a run on raw embeddings, if it is not where its config says")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    return parser.parse_args()


def released_generator(trained: ReleasedModel, others: Path | None, share: float) -> Generator:
    """The generator of ``trained``, ``share`` of it if it is mixed with the model folder ``others``."""
    generator = build_generator(GeneratorConfig(**trained.config))
    load_strict(generator, trained.state)
    if others:
        state = weights_for(generator, load_model(others).at_own_scale().state)  # further tails fit their own trunk
        load_strict(generator, interpolate_weights(generator.state_dict(), state, share))
    return generator.eval()


def measure(upscaler: Upscaler, folders: list[Path]) -> list[SetResult]:
    """Bicubic and ours with each of PROMPTS on every test set."""
    methods = {"bicubic": bicubic(upscaler.scale)} | {f'ours "{prompt}"': ours(upscaler, prompt) for prompt in PROMPTS}
    return [run_benchmark(folder, methods, scale=upscaler.scale) for folder in folders]


def audit(upscaler: Upscaler, arguments: argparse.Namespace) -> AuditResult:
    """The prompt audit, with LPIPS."""
    settings = AuditSettings(num_images=arguments.num_images, side_px=arguments.side_px, with_lpips=True)
    images = load_images(arguments.photos, settings.num_images, settings.side_px, upscaler.scale)
    human = read_sentences(arguments.requests) if arguments.requests else ()
    model = upscaler.model._replace(name=arguments.name)
    return run_audit(AuditModel.of(model), images, human, settings)


def summary(generator: Generator, step: int, arguments: argparse.Namespace) -> str:
    """What the network is and what it was trained on, for the card."""
    texts = {"raw": "raw sentence embeddings", "reading": "readings of sentences (an amount for each intent)"}
    read = f"{texts[generator.config.text_features]} of {generator.config.text_width} numbers"
    made = f"SRGAN-style generator, {generator.num_parameters:,} parameters, steered by TIRG-composed {read}."
    return f"{made} {step} steps. {arguments.note}".strip() + photo_origins(arguments.licences)


def main() -> None:
    arguments = parse()
    for engine in FILE_ENGINES.values():
        engine.require()
    trained = load_model(arguments.model)
    torch.manual_seed(0)
    generator = released_generator(trained, arguments.average_with, arguments.share)
    if arguments.tone_photos:
        photos = load_images(arguments.tone_photos, num_images=400, side_px=192, scale=generator.config.scale)
        fit_tone(generator, features_of(generator, photos), steps=arguments.tone_steps, seed=0)
    arguments.name = arguments.name or f"srgan_prompt x{generator.config.scale}"
    encoder = prompt_encoder_of(trained, str(arguments.model), arguments.text_encoder)
    upscaler = Upscaler.from_generator(generator, encoder, precision="fp32")
    results = measure(upscaler, arguments.benchmark)
    documents = {"benchmark": benchmark_document(results, upscaler.scale)} if results else {}
    protocol = f"Protocol: {STANDARD.protocol}."
    if arguments.photos:
        findings = audit(upscaler, arguments)
        documents["audit"] = as_document(findings)
        protocol += f"\n\nDoes the sentence decide?\n\n{summary_table(summarise(findings))}"
    card = model_card(
        name=arguments.name,
        summary=summary(generator, trained.manifest.step, arguments),
        scale=upscaler.scale,
        licence="mit",
        datasets=[],
        metrics=card_metrics(results),
        protocol=protocol,
        limits=[limit.format(scales=", ".join(map(str, upscaler.scales))) for limit in LIMITS],
    )
    save_model(
        arguments.out,
        generator.state_dict(),
        generator.config.model_dump(mode="json"),
        card,
        documents,
        train_step=trained.manifest.step,
        encoder=upscaler.model.encoder,
        overwrite=True,
    )
    for engine in FILE_ENGINES.values():
        engine.export(upscaler, arguments.out.with_suffix(engine.suffix), precision="fp16")
    print(card)


if __name__ == "__main__":
    with exit_on_user_error():
        main()
