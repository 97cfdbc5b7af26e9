"""The server: one page on loopback, with what must not be left to defaults.

No request leaves this machine: no analytics, no fonts or scripts of others, no tunnel. A page of another site cannot
reach it: names that are not this machine's are refused, and browsers are told to load nothing from elsewhere.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.errors import OutputError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.web.supervisor import UPLOAD_POLICY, WorkerSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from srgan_prompt.web.supervisor import Supervisor

MIN_PASSWORD = 12
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  (only with a password)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none';"
        " base-uri 'self'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class DemoSettings:
    """``auth``: name and password, which ``is_public`` needs: other machines are answered. ``port`` 0: any free one."""

    worker: WorkerSettings = field(default_factory=WorkerSettings)
    port: int = 7860
    auth: tuple[str, str] | None = None
    is_public: bool = False
    time_limit_s: float = 60.0

    def __post_init__(self) -> None:
        if self.is_public and self.auth is None:
            raise UsageError("--public lets other machines in, so it needs a password: --auth FILE with NAME:PASSWORD.")

    @property
    def host(self) -> str:
        """The address to listen on."""
        return EVERYWHERE if self.is_public else LOOPBACK


def read_auth(path: Path) -> tuple[str, str]:
    """Name and password from the first line, ``NAME:PASSWORD``, of a file. Raises UsageError."""
    try:
        name, _, password = path.read_text("utf-8").partition("\n")[0].strip().partition(":")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UsageError(f"{printable(path)}: cannot be read ({reason}).") from None
    if not name or len(password) < MIN_PASSWORD:
        raise UsageError(
            f"{printable(path)}: its first line must be NAME:PASSWORD, with a password of {MIN_PASSWORD} characters or"
            " more."
        )
    return name, password


def serve(settings: DemoSettings, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``announce`` is given the address when a browser may come.

    Raises:
        UsageError: Gradio is not installed.
        ModelError: the model cannot be loaded.
        OutputError: the port cannot be used.
    """
    _require_gradio()
    with _listening(settings) as listener, _private_folder() as folder, _worker(settings) as worker:
        worker.wait_until_ready()
        app = build_app(settings, worker, folder)
        import uvicorn

        config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2)
        listener.listen()  # from here on a browser waits instead of being refused
        announce(f"http://{LOOPBACK}:{listener.getsockname()[1]}/")
        uvicorn.Server(config).run([listener])


def build_app(settings: DemoSettings, worker: "Supervisor", folder: Path) -> "FastAPI":
    """The application, files of jobs in ``folder``."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "cache")
    import gradio as gr
    from fastapi import FastAPI, Request
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from srgan_prompt.web.page import STYLE, build_page

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    if not settings.is_public:  # another site's name that was made to point here is refused
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    jobs = folder / "jobs"
    jobs.mkdir()
    fonts = ["system-ui", "sans-serif"]  # names, so that nothing is fetched
    return gr.mount_gradio_app(
        app,
        build_page(worker, jobs),
        path="/",
        server_name=settings.host,
        auth=settings.auth,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size=UPLOAD_POLICY.max_file_bytes,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        theme=gr.themes.Default(font=fonts, font_mono=["ui-monospace", "monospace"]),
        css_paths=STYLE,
    )


def _require_gradio() -> None:
    if find_spec("gradio") is None:
        raise UsageError("The demo needs Gradio; install it with `pip install 'srgan-prompt[web]'`.")


@contextmanager
def _listening(settings: DemoSettings) -> Iterator[socket.socket]:
    """The port, before anything slow begins."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise OutputError(
                f"Port {settings.port} cannot be used ({error.strerror}); choose another one with --port."
            ) from None
        yield listener


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Uploads and results, readable by this user only, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="srgan-prompt-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _worker(settings: DemoSettings) -> "Iterator[Supervisor]":
    from srgan_prompt.web.supervisor import Supervisor

    worker = Supervisor(settings.worker, settings.time_limit_s)
    try:
        yield worker
    finally:
        worker.close()
