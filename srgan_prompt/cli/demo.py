"""``srgan-prompt demo``: a page in the browser, served by this machine to itself."""

from argparse import Namespace
from pathlib import Path

from srgan_prompt.cli.console import CommandParser, give, number, whole

_DESCRIPTION = """\
Serve a page on which an image and a sentence are tried out: drop, type, compare, download. It answers this machine
only and sends nothing anywhere; Ctrl-C ends it and removes what was uploaded. Needs pip install 'srgan-prompt[web]'.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("demo", "demo [MODEL] [options]", _DESCRIPTION)
    command.add_argument("model", nargs="?", metavar="MODEL", help="folder, hub id or file (default: the shipped one)")
    command.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    command.add_argument("--port", type=whole(0, 65_535), default=7860, metavar="N", help="default 7860; 0: any free")
    command.add_argument("--public", action="store_true", help="answer other machines too; needs --auth")
    command.add_argument("--auth", metavar="FILE", help="ask visitors for the NAME:PASSWORD on this file's first line")
    command.add_argument(
        "--time-limit", type=number(1, 3600), default=60.0, metavar="S", help="seconds that one image may take (60)"
    )
    command.add_argument(
        "--memory", type=number(0.25, 1024), default=4.0, metavar="GIB", help="memory that one image may take (4)"
    )
    command.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, cuda:1, mps")
    command.add_argument("--engine", default="torch", metavar="NAME", help="torch (default), onnx or ncnn")
    command.add_argument("--threads", type=whole(1, 1024), metavar="N", help="threads on the CPU (default: all)")
    return command


def run(args: Namespace) -> int:
    """Serve until interrupted; returns the exit code."""
    from srgan_prompt.web.server import DemoSettings, read_auth, serve
    from srgan_prompt.web.supervisor import WorkerSettings

    worker = WorkerSettings(
        args.model, args.revision, args.device, args.engine, args.threads, memory_bytes=int(args.memory * 2**30)
    )
    auth = None if args.auth is None else read_auth(Path(args.auth))
    settings = DemoSettings(worker, args.port, auth, is_public=args.public, time_limit_s=args.time_limit)
    serve(settings, lambda address: give(f"{address}\n"))
    return 0
