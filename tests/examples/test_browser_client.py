"""The page in examples/browser says of photographs, in a real browser, what `predict` says."""

from __future__ import annotations

import base64
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from photographs import fruit_model, spread, unpacked
from PIL import Image

import needs
from f32_model import in_f32
from taskgraft.export import export
from taskgraft.inference import Model
from taskgraft.pictures import decode
from taskgraft.recipe import Recipe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EXAMPLE = Path(__file__).parents[2] / "examples" / "browser"
# A JPEG of six times the size and more is read at a part of its detail, which a browser only comes near to.
MOST_OFF_OF_A_LARGE_JPEG = 24
# A canvas keeps colours times transparency.
MOST_OFF_OF_TRANSPARENCY = 2


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("photographs"))


@pytest.fixture(scope="module")
def model(photographs: Path, tiny_recipe: Recipe) -> Model:
    return fruit_model(photographs, tiny_recipe)


@pytest.fixture(scope="module")
def address(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a model beside it, served as its text says."""
    needs.require(needs.WEB_RUNTIME.is_present(), needs.WEB_RUNTIME.missing)
    folder = tmp_path_factory.mktemp("served") / "browser"
    shutil.copytree(EXAMPLE, folder)
    export(model, folder / "model.onnx", target_accuracy=0.5)
    (folder / "node_modules").symlink_to(needs.NODE_FOLDER / "node_modules")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(address)
    page.locator("#files:enabled").wait_for()
    yield page
    page.close()


def assert_agrees(page: Page, model: Model, paths: Sequence[Path]) -> None:
    page.locator("#files").set_input_files(paths)
    page.locator("#answers li").nth(len(paths) - 1).wait_for(timeout=300_000)
    rows = page.locator("#answers li").evaluate_all("rows => rows.map((row) => ({ ...row.dataset }))")
    predictions = in_f32(model).predict(paths, target_accuracy=0.5)
    assert [row["name"] for row in rows] == [path.name for path in paths]
    assert [[int(k) for k in row["path"].split(",")] for row in rows] == predictions.preds.tolist()
    assert [int(row["depth"]) for row in rows] == predictions.depths.tolist()
    assert len({row["path"] for row in rows}) > 5
    assert len({row["depth"] for row in rows}) > 1


def test_photographs_get_the_answers_of_predict(page: Page, model: Model, photographs: Path) -> None:
    assert_agrees(page, model, spread(photographs, 40))


@pytest.mark.slow
def test_five_hundred_photographs_get_the_answers_of_predict(
    page: Page, model: Model, photographs: Path
) -> None:
    assert_agrees(page, model, spread(photographs, 500))


def test_the_page_names_classes_and_greys_what_is_unsure(page: Page, model: Model, photographs: Path) -> None:
    paths = spread(photographs, 8)
    page.locator("#files").set_input_files(paths)
    page.locator("#answers li").nth(7).wait_for()
    for row, prediction in zip(
        page.locator("#answers li").all(),
        in_f32(model).predict(paths, target_accuracy=0.5),
        strict=True,
    ):
        text = row.inner_text()
        assert all(node.name in text for node in prediction.path)
        assert row.locator(".sure").count() == prediction.depth
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_no_picture_is_said(page: Page, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xffnothing")
    page.locator("#files").set_input_files(tmp_path / "broken.jpg")
    page.get_by_text(re.compile("broken.jpg: .+")).wait_for()


def test_what_is_missing_is_said(address: str, browser: Browser) -> None:
    for missing in ("model.onnx.json", "model.onnx", "ort.wasm.min.mjs"):
        page = browser.new_page()
        page.route(f"**/{missing}", lambda route: route.fulfill(status=404))
        page.goto(address)
        page.get_by_text(re.compile("Loading the model. .+")).wait_for()
        assert page.locator("#files").is_disabled()
        page.close()


def test_its_script_is_forty_lines() -> None:
    _, script = (EXAMPLE / "index.html").read_text().split('<script type="module">\n')
    code, _ = script.split("</script>")
    assert len([line for line in code.splitlines() if line.strip()]) <= 40


def save_pictures(folder: Path) -> dict[str, int]:
    """Pictures to resize, and how far from Pillow's pixels each may come."""
    random = np.random.default_rng(0)
    colour = Image.fromarray(random.integers(0, 256, (90, 140, 3), dtype=np.uint8))
    large = colour.resize((900, 610), Image.Resampling.BICUBIC)
    clear = colour.convert("RGBA")
    clear.putalpha(Image.fromarray(random.integers(0, 256, (90, 140), dtype=np.uint8)))
    allowed = {}
    for picture, name, most, options in (
        (colour, "noise.png", 0, {}),
        (colour.resize((20, 9)), "small.png", 0, {}),
        (colour.resize((48, 48)), "exact.png", 0, {}),
        (large, "large.png", 0, {}),
        (large.resize((1500, 301)), "wide.png", 0, {}),
        (large.rotate(90, expand=True), "tall.png", 0, {}),
        (colour, "photo.jpg", 0, {"quality": 90}),
        (colour, "fine.jpg", 0, {"quality": 95, "subsampling": 0}),
        (large, "large.jpg", MOST_OFF_OF_A_LARGE_JPEG, {"quality": 90}),
        (clear, "clear.png", MOST_OFF_OF_TRANSPARENCY, {}),
    ):
        picture.save(folder / name, **options)
        allowed[name] = most
    exif = Image.Exif()
    for turn in range(2, 9):
        exif[274] = turn
        colour.save(folder / f"turned{turn}.jpg", exif=exif)
        allowed[f"turned{turn}.jpg"] = 0
    return allowed


GIVE_PIXELS = """async ([base64, type, how]) => {
  const { pixelsOf } = await import("./pixels.js");
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return [...await pixelsOf(new Blob([bytes], { type }), how)];
}"""


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("shape", [(3, 48, 48), (1, 32, 32), (3, 20, 56)], ids=str)
def test_pixels_are_those_of_pillow(
    page: Page, shape: tuple[int, int, int], fit: str, tmp_path: Path
) -> None:
    channels, height, width = shape
    how = {"channels": channels, "height": height, "width": width, "fit": fit, "reducing_gap": 3.0}
    for name, most in save_pictures(tmp_path).items():
        content = base64.b64encode((tmp_path / name).read_bytes()).decode()
        kind = "image/jpeg" if name.endswith("jpg") else "image/png"
        pixels = np.array(page.evaluate(GIVE_PIXELS, [content, kind, how])).reshape(shape)
        wanted = decode(tmp_path / name, name, shape=(height, width), num_channels=channels, fit=fit)
        assert isinstance(wanted, np.ndarray)
        assert np.abs(pixels - wanted.astype(int)).max() <= most, (
            name,
            np.abs(pixels - wanted.astype(int)).max(),
        )
