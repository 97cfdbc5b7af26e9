"""``srgan-prompt export``: the model as a file for another runtime; its path on stdout."""

import os
import warnings
from argparse import Namespace
from pathlib import Path

from srgan_prompt.cli.console import CommandParser, give, prompt_strength, tell
from srgan_prompt.errors import OutputError, PromptWarning, UsageError
from srgan_prompt.files import refuse_unwritable
from srgan_prompt.inference.file_engines import DEFAULT_FORMAT, FILE_ENGINES, FileEngine, file_engine_of

_DESCRIPTION = """\
Write a model for images of any size as one ONNX file, or as a pair of ncnn files, FILE.param and FILE.bin; takes
about half a minute. With --prompt the sentence is baked in. Without, the file takes prompts: any sentence, offline; of
a model of raw embeddings only the documented wordings, and any sentence with the text encoder beside it.
"""
_PRECISIONS = dict.fromkeys(each for engine in FILE_ENGINES.values() for each in engine.precisions)


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("export", "export [MODEL] -o FILE [--prompt TEXT] [options]", _DESCRIPTION)
    command.add_argument("model", nargs="?", metavar="MODEL", help="model folder or hub id (default: the shipped one)")
    command.add_argument("-o", "--output", metavar="FILE", help="the .onnx or .param file to write")
    command.add_argument("--to", choices=tuple(FILE_ENGINES), help="the format (default: what FILE's ending says)")
    command.add_argument(
        "--precision",
        choices=tuple(_PRECISIONS),
        default="fp32",
        help="fp16: half the file; int8 (ONNX only): a third of it, half the time; nearly the same image (default"
        " fp32)",
    )
    command.add_argument(
        "-p", "--prompt", type=str, action="append", metavar="TEXT", help='bake this in; "": plain upscaling'
    )
    command.add_argument("--negative", type=str, metavar="TEXT", help="what the baked prompt must not do")
    command.add_argument("--strength", type=prompt_strength, metavar="0..2", help="of the baked prompt (default 1)")
    command.add_argument(
        "--text-encoder",
        action="store_true",
        help="also write text_encoder.onnx beside a model of raw embeddings (90 MB)",
    )
    command.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    command.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    return command


def run(args: Namespace) -> int:
    """Export; returns the exit code."""
    bake = args.prompt is not None
    if bake and args.text_encoder:
        raise UsageError("A baked prompt needs no text encoder; give --prompt or --text-encoder.")
    if not bake and (args.negative is not None or args.strength is not None):
        raise UsageError("--negative and --strength belong to a baked prompt; give --prompt too.")
    engine = _format(args)
    path = _output(args, engine)

    from srgan_prompt.inference.exporting import SIZE_IN_EXPORT
    from srgan_prompt.inference.upscaler import Upscaler
    from srgan_prompt.prompts.prompt import read_prompt

    strength = 1.0 if args.strength is None else args.strength
    asked = read_prompt(args.prompt, strength, args.negative)  # a mistake in it is told before anything is loaded
    if asked.size is not None:
        raise UsageError(SIZE_IN_EXPORT)
    upscaler = Upscaler.from_pretrained(args.model, args.revision, device="cpu", precision="fp32")
    if args.text_encoder and upscaler.model.engine.facts.intents is not None:
        raise UsageError(f"{upscaler.model.name} reads sentences without a text encoder; leave --text-encoder out.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromptWarning)  # told below
        engine.export(
            upscaler,
            path,
            args.prompt,
            bake=bake,
            strength=strength,
            negative=args.negative,
            precision=args.precision,
        )
    for note in (*asked.notes, *upscaler.interpret(asked).notes) if bake else ():
        tell(note)
    give(os.fspath(path) + "\n")
    if args.text_encoder:
        from srgan_prompt.inference.onnx.export import export_text_encoder
        from srgan_prompt.prompts.encoder import TextEncoder
        from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder

        sentences = upscaler.model.sentences
        own = sentences.encoder if isinstance(sentences, BertPromptEncoder) else None
        give(os.fspath(export_text_encoder(own or TextEncoder.load(), path.parent)) + "\n")
    return 0


def _format(args: Namespace) -> FileEngine:
    """The format that ``--to`` or the file's ending names."""
    named = file_engine_of(args.output or "")
    engine = FILE_ENGINES[args.to] if args.to else named or FILE_ENGINES[DEFAULT_FORMAT]
    if named is not engine:
        raise UsageError(f"Say where to write the model: -o FILE{engine.suffix}.")
    if args.precision not in engine.precisions:
        raise UsageError(f"The {engine.title} export has no {args.precision}; use {' or '.join(engine.precisions)}.")
    return engine


def _output(args: Namespace, engine: FileEngine) -> Path:
    """The file that names the model; it and those beside it can be written."""
    from srgan_prompt.inference.onnx.engine import TEXT_ENCODER_NAME

    path = Path(args.output)
    written = [*engine.files(path), *([path.with_name(TEXT_ENCODER_NAME)] if args.text_encoder else [])]
    for each in written:
        if os.path.lexists(each) and not args.overwrite:
            raise OutputError(f"{each}: already exists; use --overwrite or another name.")
    refuse_unwritable(written)
    return path
