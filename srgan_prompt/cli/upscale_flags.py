"""The flags of ``srgan-prompt upscale``; what they do is said in their help texts and in ``upscale``."""

from srgan_prompt.cli.console import CommandParser, auto_or_off, number, prompt_strength, whole
from srgan_prompt.inference.file_engines import FILE_ENGINES

FORMATS = ("same", "png", "jpg", "webp", "tiff")

_SCALE = number(0.01, 64)
_SIDE_PX = whole(1, 10**6)
_QUALITY = whole(1, 100)
_NUM_THREADS = whole(1, 1024)
_TILE_PX = auto_or_off(whole(16, 65_535))
_OVERLAP_PX = whole(0, 4096)

_USAGE = "upscale INPUT... [--prompt TEXT] [-o OUT] [options]"
_DESCRIPTION = """\
Upscale images as a sentence asks. Results lie beside the inputs as NAME_x4.EXT unless -o says otherwise; their paths
are printed on stdout, everything else on stderr.
"""
_EPILOG = """\
Without --prompt the request is "clean it up and give it natural detail"; --prompt "" upscales faithfully and changes
nothing. Sizes in the sentence count when no flag gives one: "twice as big", "to 4K", "longest side
2000". Several clauses with weights:
--prompt "denoise:0.7, warmer:0.3".
"""


def parser() -> CommandParser:
    """All flags, in groups."""
    command = CommandParser("upscale", _USAGE, _DESCRIPTION, _EPILOG)
    command.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="file, folder or glob; - reads one image from stdin and writes it to stdout",
    )
    _add_request(command)
    _add_size(command)
    _add_output(command)
    _add_model(command)
    _add_speed(command)
    _add_reporting(command)
    return command


def _add_request(command: CommandParser) -> None:
    group = command.add_argument_group("request")
    group.add_argument(
        "-p", "--prompt", type=str, action="append", metavar="TEXT", help="what to do to the image; may be repeated"
    )
    group.add_argument(
        "--prompt-file", metavar="CSV", help="a prompt for every image: a file with the columns file_name and prompt"
    )
    group.add_argument("--negative", type=str, metavar="TEXT", help="what the prompt must not do")
    group.add_argument(
        "--strength",
        type=prompt_strength,
        default=1.0,
        metavar="0..2",
        help="0: as with no prompt, 1: as worded (default), 2: exaggerated",
    )
    group.add_argument(
        "--region",
        metavar="WHERE",
        help='where the prompt acts, in input pixels: box "X0,Y0,X1,Y1", polygon "X,Y X,Y X,Y", or a mask image',
    )


def _add_size(command: CommandParser) -> None:
    group = command.add_argument_group("size (default: the network's own, x4; others are resampled from that)")
    group.add_argument("--scale", type=_SCALE, metavar="N", help="output side / input side, any number")
    group.add_argument("--width", type=_SIDE_PX, metavar="PX", help="width of the result")
    group.add_argument(
        "--height", type=_SIDE_PX, metavar="PX", help="height of the result; with --width, the box it fits into"
    )
    group.add_argument("--max-side", type=_SIDE_PX, metavar="PX", help="longer side of the result")


def _add_output(command: CommandParser) -> None:
    group = command.add_argument_group("output")
    group.add_argument("-o", "--output", metavar="OUT", help="file (.png, .jpg, .webp, .tif), folder, or - for stdout")
    group.add_argument("--format", choices=FORMATS, default="same", help="same as the input (default), or this one")
    group.add_argument("--quality", type=_QUALITY, default=95, metavar="1..100", help="of JPEG and WebP (default 95)")
    group.add_argument(
        "--suffix", type=str, metavar="TEXT", help="added to the name (default _x4, or _x and the scale)"
    )
    group.add_argument("-r", "--recursive", action="store_true", help="look into sub-folders; -o mirrors them")
    group.add_argument("--overwrite", action="store_true", help="replace results that exist (default: refuse)")
    group.add_argument("--skip-existing", action="store_true", help="leave inputs out whose result exists")
    group.add_argument("--strip-metadata", action="store_true", help="drop EXIF and colour profile of the input")
    group.add_argument("--no-provenance", action="store_true", help="leave no note of version, model and prompt")
    group.add_argument("--compare", metavar="SHEET", help="also write inputs beside results as one image")


def _add_model(command: CommandParser) -> None:
    group = command.add_argument_group("model")
    group.add_argument(
        "--model",
        metavar="MODEL",
        help="folder, hub id (owner/name), exported file (.onnx, .param), or weights of another project (.safetensors,"
        " .pth, .param)",
    )
    group.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    group.add_argument(
        "--text-encoder",
        metavar="BERT",
        help="folder or hub id of the BERT behind a model of raw embeddings (default: what the model records)",
    )
    group.add_argument(
        "--engine",
        choices=("torch", *FILE_ENGINES),
        default="torch",
        help="what runs it (default torch); onnx starts faster, ncnn is the fastest for small images",
    )


def _add_speed(command: CommandParser) -> None:
    group = command.add_argument_group("speed and memory")
    group.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, cuda:1, mps")
    group.add_argument(
        "--precision",
        choices=("auto", "fp32", "bf16"),
        default="auto",
        help="auto: bf16 where the device has it in hardware, CPUs too",
    )
    group.add_argument("--threads", type=_NUM_THREADS, metavar="N", help="threads on the CPU (default: all)")
    group.add_argument(
        "--tile", type=_TILE_PX, default="auto", metavar="auto|off|N", help="side of a tile in input pixels"
    )
    group.add_argument(
        "--overlap", type=_OVERLAP_PX, metavar="PX", help="around each tile (default: so that no seam can be)"
    )
    group.add_argument(
        "--self-ensemble",
        action="store_true",
        help="mean over 8 flips and turns: more faithful, in eight times the time",
    )


def _add_reporting(command: CommandParser) -> None:
    group = command.add_argument_group("reporting")
    group.add_argument(
        "-n",
        "--dry-run",
        action="store_true",
        help="only say what would be done and how the prompt is read, with memory and time; load no model",
    )
    group.add_argument("--json", action="store_true", help="one line of JSON a file on stdout")
    group.add_argument("-q", "--quiet", action="store_true", help="nothing but errors on stderr")
    group.add_argument(
        "-v", "--verbose", action="store_true", help="how the prompt is read, engine, sizes and timings on stderr"
    )
    group.add_argument(
        "--receipt",
        action="store_true",
        help="upscale with the empty prompt too, measure what the prompt changed, and say it on stderr and in --json",
    )
    group.add_argument("--fail-fast", action="store_true", help="stop at the first file that fails")
