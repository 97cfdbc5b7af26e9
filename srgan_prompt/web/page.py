"""The page: what a visitor sees, and what each button asks of the worker.

Nothing here opens an image. Uploads arrive as files whose paths go to the worker, and results leave as PNG files that
it wrote; Gradio only hands them on. What comes from a visitor is shown in text boxes, never as HTML.
"""

import base64
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from srgan_prompt.errors import SrganPromptError
from srgan_prompt.web.supervisor import (
    AFTER,
    BEFORE,
    MAX_PROMPT_CHARACTERS,
    MAX_QUEUED,
    MAX_STRIP_PROMPTS,
    PHOTO,
    RESULT,
    Answer,
    Job,
    Supervisor,
)

HERE = Path(__file__).parent
STYLE = HERE / "page.css"
FILE_TYPES = [".png", ".jpg", ".jpeg", ".webp"]
EXAMPLES = {"quail.jpg": "remove the JPEG blocks, a bit warmer", "city_noisy.png": "remove the noise, a bit brighter"}
STRIP = ["make it brighter", "make it warmer", "black and white", "remove the noise"]
SCALES = [("as the prompt says, else the model's own", 0.0), ("2", 2.0), ("3", 3.0), ("4", 4.0)]
KEEP_S = 3600  # what a visitor uploaded or was given is deleted after an hour, and all of it at the end
SWEEP_S = 600
_HEADING = """
# Upscale an image as a sentence asks
PNG, JPEG or WebP, at most 10 MiB and 4 megapixels. It stays on the computer that serves this page.
"""
_PAINTER = """
<div class="painter" hidden>
  <img alt="Your image">
  <canvas tabindex="0" role="application" aria-label="Paint where the prompt acts. Arrow keys move the brush, Space
paints, Delete clears."></canvas>
  <div class="painter-cursor"></div>
</div>
<div class="painter-tools">
  <label>Brush <input type="range" min="2" max="40" value="12"></label>
  <button type="button">Clear the region</button>
</div>
"""


def build_page(worker: Supervisor, folder: Path) -> gr.Blocks:
    """The whole page; what jobs write lies in ``folder`` until it was handed on."""
    desk = _Desk(worker, folder)
    with gr.Blocks(title="srgan-prompt", analytics_enabled=False, delete_cache=(SWEEP_S, KEEP_S)) as page:
        gr.Markdown(_HEADING)
        with gr.Row():
            with gr.Column(min_width=300):
                file = gr.File(
                    label="Your image",
                    file_types=FILE_TYPES,
                    height=140,
                    elem_id="upload",
                )
                _examples(folder, file, prompt := _prompt_box())
                prompt.render()
                with gr.Row():
                    run = gr.Button("Upscale", variant="primary", min_width=100, elem_id="run")
                    stop = gr.Button("Stop", min_width=100, elem_id="stop")
                options = _options()
            with gr.Column(min_width=300, scale=2):
                said = gr.Textbox(label="Status", lines=2, interactive=False, elem_id="said")
                outputs = _results()
        _wire(desk, (file, prompt, *options), (run, stop), (said, *outputs))
    page.queue(max_size=MAX_QUEUED, default_concurrency_limit=1, api_open=False)
    return page


def _prompt_box() -> gr.Textbox:
    return gr.Textbox(
        label="What should be done?",
        placeholder="remove the noise, a bit warmer",
        max_length=MAX_PROMPT_CHARACTERS,
        lines=1,
        max_lines=4,
        elem_id="prompt",
        render=False,
    )


def _examples(folder: Path, file: gr.File, prompt: gr.Textbox) -> None:
    """Buttons that fill in a photo and a sentence."""
    with gr.Row(elem_id="photo-examples"):
        for name, sentence in EXAMPLES.items():
            photo = shutil.copy(HERE / "photos" / name, folder)
            button = gr.Button(sentence, icon=photo, size="sm", min_width=120)
            button.click(lambda given=(photo, sentence): given, None, [file, prompt], api_visibility="private")


def _options() -> tuple[Any, ...]:
    """Negative, strength, scale and the painted region."""
    with gr.Accordion("Options", open=False, elem_id="options"):
        strength = gr.Slider(0, 2, 1, step=0.05, label="Strength (0 is plain upscaling, 1 as worded)")
        negative = gr.Textbox(label="Not this", placeholder="no sepia", max_length=MAX_PROMPT_CHARACTERS)
        scale = gr.Dropdown(SCALES, value=0.0, label="Scale")
    with gr.Accordion("Region: paint where the prompt acts", open=False, elem_id="region"):
        painter = gr.HTML(
            "", html_template=_PAINTER, js_on_load=(HERE / "painter.js").read_text("utf-8"), photo="", elem_id="painter"
        )
    return negative, strength, scale, painter


def _results() -> tuple[Any, ...]:
    """Slider, its divider for the keyboard, reading, receipt, download and the strip."""
    with gr.Tab("Before and after"):
        slider = gr.ImageSlider(
            label="Left: bicubic, right: result",
            format="png",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            elem_id="slider",
        )
        divider = gr.Slider(0, 100, 50, step=1, label="Divider (arrow keys)", elem_id="divider")
        read_as = gr.Textbox(label="Read as", interactive=False, elem_id="read-as")
        receipt = gr.Textbox(label="What the prompt changed, measured", lines=2, interactive=False, elem_id="receipt")
        download = gr.DownloadButton("Download at full size", interactive=False, elem_id="download")
    with gr.Tab("Several prompts"):
        prompts = gr.Textbox("\n".join(STRIP), label=f"One prompt a line, at most {MAX_STRIP_PROMPTS}", lines=4)
        with gr.Row():
            compare = gr.Button("Compare", variant="primary", min_width=100, elem_id="compare")
            stop = gr.Button("Stop", min_width=100)
        strip = gr.Gallery(
            label="One image, several prompts", format="png", columns=[1, 2, 3], object_fit="contain", elem_id="strip"
        )
    return slider, divider, read_as, receipt, download, prompts, compare, stop, strip


def _wire(
    desk: "_Desk", inputs: tuple[Any, ...], buttons: tuple[gr.Button, gr.Button], outputs: tuple[Any, ...]
) -> None:
    """What happens on which event. Everything that needs the worker shares one place in one queue."""
    file, prompt, negative, strength, scale, painter = inputs
    run, stop = buttons
    said, slider, divider, read_as, receipt, download, prompts, compare, stop_strip, strip = outputs
    queued = {"concurrency_id": "worker", "api_visibility": "private"}
    at_once = {"queue": False, "api_visibility": "private"}
    asked = [file, prompt, negative, strength, scale, painter]
    file.change(desk.look, [file], [painter, said], **queued)
    running = gr.on(
        [run.click, prompt.submit],
        desk.upscale,
        asked,
        [slider, read_as, receipt, download, said],
        show_progress_on=said,
        **queued,
    )
    comparing = compare.click(desk.compare, [file, prompts, *asked[2:]], [strip, said], show_progress_on=said, **queued)
    gr.on([stop.click, stop_strip.click], desk.stop, None, said, cancels=[running, comparing], **at_once)
    divider.input(lambda percent: gr.ImageSlider(slider_position=percent), divider, slider, **at_once)


class _Desk:
    """Takes a visitor's wishes to the worker and brings back what the components show."""

    def __init__(self, worker: Supervisor, folder: Path) -> None:
        self._worker, self._folder = worker, folder

    def look(self, file: str | None, request: gr.Request) -> Iterator[tuple]:
        """The uploaded image for the painter, or why it cannot be used."""
        if file is None:
            yield gr.HTML(value="", photo=""), ""
            return
        with self._room() as room:
            try:
                answer = self._worker.run(Job(file, str(room)), _owner(request), lambda *_: None)
            except SrganPromptError as error:
                yield gr.HTML(value="", photo=""), f"Error: {error}"
                return
            photo = "data:image/png;base64," + base64.b64encode((room / PHOTO).read_bytes()).decode("ascii")
            told = " ".join([f"{_size(answer.before_px)} pixels.", *answer.notes])
            yield gr.HTML(value="", photo=photo), told

    def upscale(  # noqa: PLR0917  (Gradio gives inputs by position)
        self,
        file: str | None,
        prompt: str,
        negative: str,
        strength: float,
        scale: float,
        mask: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (Gradio finds it by its default)
    ) -> Iterator[tuple]:
        """Slider, reading, receipt, download and status; the last one alone if it cannot be done."""
        nothing = gr.skip(), gr.skip(), gr.skip(), gr.skip()
        if file is None:
            yield *nothing, "Drop an image first, or choose an example."
            return
        with self._room() as room:
            job = Job(file, str(room), prompt or "", negative or "", strength, scale or None, mask or "", True)
            try:
                answer = self._worker.run(job, _owner(request), _shown(progress))
            except SrganPromptError as error:
                yield *nothing, str(error)
                return
            named = (room / RESULT).rename(room / _result_name(file, answer))
            yield (
                (str(room / BEFORE), str(room / AFTER)),
                answer.read_as,
                answer.receipt,
                gr.DownloadButton(value=str(named), interactive=True),
                _told(answer),
            )

    def compare(  # noqa: PLR0917
        self,
        file: str | None,
        prompts: str,
        negative: str,
        strength: float,
        scale: float,
        mask: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Iterator[tuple]:
        """The strip, one image longer after each prompt, and the status."""
        lines = [line.strip() for line in (prompts or "").splitlines() if line.strip()]
        if file is None or not 1 <= len(lines) <= MAX_STRIP_PROMPTS:
            yield gr.skip(), f"Drop an image first, and give 1 to {MAX_STRIP_PROMPTS} prompts, one a line."
            return
        shown: list[tuple[str, str]] = []
        with self._room() as room:
            job = Job(file, "", None, negative or "", strength, scale or None, mask or "")
            for number, line in enumerate(lines):
                own = room / str(number)
                own.mkdir()
                progress((number, len(lines)), desc=line, unit="prompts")
                wish = replace(job, prompt=line, folder=str(own))
                try:
                    answer = self._worker.run(wish, _owner(request), lambda *_: None)
                except SrganPromptError as error:
                    yield shown or gr.skip(), str(error)
                    return
                if not shown:
                    shown.append((str(own / BEFORE), "enlarged by bicubic interpolation"))
                shown.append((str(own / AFTER), f"{line} (read as: {answer.read_as})"))
                yield shown, f"{number + 1} of {len(lines)} prompts done."

    def stop(self, request: gr.Request) -> str:
        """End what is being done for this visitor."""
        return "Stopped." if self._worker.stop(_owner(request)) else "Nothing was running."

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A folder for one job. Gradio copies what is yielded to its cache before it asks for more."""
        with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as room:
            yield Path(room)


def _owner(request: gr.Request) -> str:
    return str(request.session_hash)


def _shown(progress: gr.Progress) -> Callable[[int, int], None]:
    return lambda done, num_tiles: progress((done, num_tiles), unit="tiles")


def _size(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]} x {size_px[1]}"


def _told(answer: Answer) -> str:
    done = f"{_size(answer.before_px)} to {_size(answer.after_px)} pixels in {answer.seconds:.1f} s."
    return " ".join([done, *answer.notes])


def _result_name(upload: str, answer: Answer) -> str:
    """Such as "photo_1024x768.png"; nothing of the upload's name that a file system or a browser could stumble on."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(upload).stem)[:60].strip("_") or "image"
    return f"{stem}_{answer.after_px[0]}x{answer.after_px[1]}.png"
