"""The demo as a visitor meets it: the command in a process of its own, the page in a real Chromium."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gradio", reason="the demo needs the extra web")
webdriver = pytest.importorskip("selenium.webdriver", reason="selenium drives the browser")

from selenium.common.exceptions import StaleElementReferenceException  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
WAIT_S = 90

pytestmark = [
    pytest.mark.slow,
    pytest.mark.kill,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Debian's packages chromium and chromium-driver"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Of a running demo, which must end at Ctrl-C and leave nothing behind."""
    temporary = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "srgan_prompt", "demo", "--port", "0", "--threads", "1"]
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        assert demo.stdout is not None
        yield demo.stdout.readline().strip()
        demo.send_signal(signal.SIGINT)
        demo.wait(30)
    assert not list(temporary.glob("srgan-prompt-demo-*")), "uploads outlived the demo"


class Visitor:
    """A browser on the page."""

    def __init__(self, address: str, downloads: Path, size_px: tuple[int, int] = (1280, 1000)) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*FLAGS, f"--user-data-dir={downloads / 'profile'}"):
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        metrics = {"width": size_px[0], "height": size_px[1], "deviceScaleFactor": 1, "mobile": size_px[0] < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.downloads = downloads
        self.browser.get(address)
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#upload input[type=file]"))

    def until(self, condition):
        """What ``condition`` gives as soon as it holds; the page may redraw an element meanwhile."""
        waiting = WebDriverWait(self.browser, WAIT_S, ignored_exceptions=(StaleElementReferenceException,))
        return waiting.until(lambda _: condition())

    def find(self, selector: str):
        """The element, once it is there: Gradio draws what is inside an accordion when it opens."""
        return self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, selector))[0]

    def press(self, selector: str) -> None:
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.find(selector))
        self.find(selector).click()

    def upload(self, path: Path) -> None:
        for each in self.browser.find_elements(By.CSS_SELECTOR, "#upload [aria-label='Clear']"):
            each.click()
        self.until(lambda: self.browser.find_elements(By.CSS_SELECTOR, "#upload input[type=file]"))
        self.find("#upload input[type=file]").send_keys(str(path))

    def ask(self, sentence: str) -> None:
        box = self.find("#prompt textarea, #prompt input")
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(sentence, Keys.ENTER)

    def text(self, selector: str) -> str:
        return self.find(f"{selector} textarea, {selector} input").get_property("value")

    def until_told(self, words: str) -> str:
        self.until(lambda: words in self.text("#said"))
        return self.text("#said")

    def slider_sizes(self) -> list[tuple[int, int]]:
        """Of the images in the slider, once they are there and decoded."""
        script = "return [...document.querySelectorAll('#slider img')].map(i => [i.naturalWidth, i.naturalHeight])"
        return [tuple(size_px) for size_px in self.browser.execute_script(script)]

    def close(self) -> None:
        self.browser.quit()


@pytest.fixture
def visitor(address, tmp_path) -> Iterator[Visitor]:
    visitor = Visitor(address, tmp_path)
    yield visitor
    visitor.close()


def photo(folder: Path, width_px: int = 64, height_px: int = 48, name: str = "photo.jpg") -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (height_px // 8, width_px // 8, 3), np.uint8)
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    Image.fromarray(pixels).resize((width_px, height_px), Image.Resampling.BICUBIC).save(folder / name, exif=exif)
    return folder / name


def test_a_photo_is_upscaled_compared_and_downloaded(visitor, tmp_path):
    visitor.upload(photo(tmp_path))
    visitor.until_told("64 x 48 pixels")
    visitor.ask("a bit warmer, <script>alert(1)</script>")
    visitor.until_told("64 x 48 to 256 x 192 pixels")
    visitor.until(lambda: visitor.slider_sizes() == [(256, 192), (256, 192)])
    assert "warm" in visitor.text("#read-as")
    assert "(warm)" in visitor.text("#receipt")
    sources = visitor.browser.execute_script("return [...document.querySelectorAll('#slider img')].map(i => i.src)")
    assert all(source.endswith(".png") for source in sources)
    visitor.press("#download")
    result = tmp_path / "photo_256x192.png"
    visitor.until(result.is_file)
    with Image.open(result) as image:  # noqa: TID251  (a file of our own making)
        assert image.size == (256, 192)
        assert not image.getexif()
        assert not image.info
    # What the page asks of any other server is refused by its own policy, and would be told here.
    errors = [each["message"] for each in visitor.browser.get_log("browser") if each["level"] == "SEVERE"]
    assert errors == []


def test_a_broken_upload_is_told_and_the_next_one_works(visitor, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    visitor.upload(broken)
    assert visitor.until_told("Error:").startswith("Error: broken.png: is not a PNG, JPEG, WebP or TIFF image")
    visitor.upload(photo(tmp_path))
    visitor.until_told("64 x 48 pixels")


def test_a_second_visitor_is_served_meanwhile(visitor, address, tmp_path):
    (tmp_path / "second").mkdir()
    second = Visitor(address, tmp_path / "second", (390, 844))
    try:
        visitor.upload(photo(tmp_path, 400, 300))
        second.upload(photo(tmp_path / "second", 48, 64, name="other.png"))
        visitor.until_told("400 x 300 pixels")
        second.until_told("48 x 64 pixels")
        visitor.ask("make it warmer")
        second.ask("make it cooler")
        second.until_told("48 x 64 to 192 x 256 pixels")
        visitor.until_told("400 x 300 to 1600 x 1200 pixels")
        assert "cool" in second.text("#read-as")
        assert "warm" in visitor.text("#read-as")
        assert second.slider_sizes() == [(192, 256), (192, 256)]
    finally:
        second.close()


def test_a_long_job_is_stopped_and_the_next_one_is_done(visitor, tmp_path):
    visitor.upload(photo(tmp_path, 1600, 1200))
    visitor.until_told("1600 x 1200 pixels")
    visitor.ask("make it warmer")
    time.sleep(1)
    visitor.press("#stop")
    visitor.until_told("Stopped.")
    visitor.upload(photo(tmp_path))
    visitor.until_told("64 x 48 pixels")
    visitor.ask("make it warmer")
    visitor.until_told("64 x 48 to 256 x 192 pixels")


def test_on_a_phone_by_keyboard_a_painted_region_alone_is_changed(address, tmp_path):
    visitor = Visitor(address, tmp_path, (390, 844))
    try:
        visitor.upload(photo(tmp_path))
        visitor.until_told("64 x 48 pixels")
        visitor.press("#region button")
        canvas = visitor.find("#painter canvas")
        visitor.until(canvas.is_displayed)
        visitor.find("#painter input[type=range]").send_keys(Keys.END)  # the largest brush
        canvas.send_keys(Keys.ARROW_LEFT, Keys.SPACE, Keys.ARROW_RIGHT, Keys.SPACE)
        visitor.ask("black and white")
        visitor.until_told("64 x 48 to 256 x 192 pixels")
        visitor.find("#download button, button#download").send_keys(Keys.ENTER)
        result = tmp_path / "photo_256x192.png"
        visitor.until(result.is_file)
        with Image.open(result) as image:  # noqa: TID251  (a file of our own making)
            chroma = np.ptp(np.asarray(image.convert("RGB")).astype(int), axis=2)
        assert chroma[90:100, 120:130].max() <= 24
        assert chroma[:40].mean() > 40
        scroll_px = visitor.browser.execute_script("return document.documentElement.scrollWidth")
        assert scroll_px <= 390
    finally:
        visitor.close()


def test_a_strip_shows_one_image_under_several_prompts(visitor, tmp_path):
    visitor.upload(photo(tmp_path))
    visitor.until_told("64 x 48 pixels")
    next(tab for tab in visitor.browser.find_elements(By.CSS_SELECTOR, "[role=tab]") if "Several" in tab.text).click()
    visitor.until(visitor.find("#compare").is_displayed)
    visitor.press("#compare")
    visitor.until_told("4 of 4 prompts done")
    visitor.until(lambda: len(visitor.browser.find_elements(By.CSS_SELECTOR, "#strip .grid-container img")) == 5)
