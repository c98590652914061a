"""The client in NumPy, Pillow and onnxruntime says of photographs what `predict` says."""

from __future__ import annotations

import ast
import importlib.util
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photographs import fruit_model, spread, unpacked
from PIL import Image

from f32_model import in_f32
from taskgraft.export import export
from taskgraft.inference import Model
from taskgraft.pictures import decode
from taskgraft.recipe import Recipe

CLIENT = Path(__file__).parents[2] / "examples" / "onnx_client.py"


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("onnx_client", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("photographs"))


@pytest.fixture(scope="module")
def model(photographs: Path, tiny_recipe: Recipe) -> Model:
    return fruit_model(photographs, tiny_recipe)


@pytest.fixture(scope="module")
def exported(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "fruit.onnx"
    export(model, out, target_accuracy=0.5)
    return out


def test_it_needs_nothing_but_onnxruntime_numpy_and_pillow() -> None:
    imports = [
        node
        for node in ast.walk(ast.parse(CLIENT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in imports
        for alias in node.names
    }
    assert names - sys.stdlib_module_names == {"numpy", "onnxruntime", "PIL"}


def test_it_is_forty_lines_of_code() -> None:
    text = CLIENT.read_text()
    explained: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node):
            explained |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    numbered = enumerate((line.strip() for line in text.splitlines()), 1)
    code = [line for number, line in numbered if line and line[0] != "#" and number not in explained]
    assert len(code) <= 40


def assert_agrees(client: ModuleType, model: Model, exported: Path, paths: Sequence[Path]) -> None:
    """Pixels, paths and depths of pictures are those of `predict`."""
    session = onnxruntime.InferenceSession(exported)
    how = {
        "channels": model.image_shape[0],
        "height": model.image_shape[1],
        "width": model.image_shape[2],
        "fit": model.description.preprocessing.fit,
        "reducing_gap": 3.0,
    }
    pixels = np.stack([client.pixels_of(path, how) for path in paths])
    path, depth = session.run(["path", "depth"], {"pixels": pixels})
    predictions = in_f32(model).predict(paths, target_accuracy=0.5)
    np.testing.assert_array_equal(path, predictions.preds)
    np.testing.assert_array_equal(depth, predictions.depths)
    assert len(np.unique(path[:, -1])) > 5
    assert len(np.unique(depth)) > 1


def test_photographs_get_the_answers_of_predict(
    client: ModuleType, model: Model, exported: Path, photographs: Path
) -> None:
    assert_agrees(client, model, exported, spread(photographs, 100))


@pytest.mark.slow
def test_five_hundred_photographs_get_the_answers_of_predict(
    client: ModuleType, model: Model, exported: Path, photographs: Path
) -> None:
    assert_agrees(client, model, exported, spread(photographs, 500))


def test_the_script_prints_what_predict_says(model: Model, exported: Path, photographs: Path) -> None:
    paths = spread(photographs, 3)
    done = subprocess.run(
        [sys.executable, "-I", CLIENT, exported, *paths], check=True, capture_output=True, text=True
    )
    for line, prediction in zip(
        done.stdout.splitlines(), in_f32(model).predict(paths, target_accuracy=0.5), strict=True
    ):
        steps = " > ".join(f"{node.name} {node.prob:.1%}" for node in prediction.path)
        assert line == f"{prediction.name}  {steps}  sure of {prediction.depth}"


def save_odd_pictures(folder: Path) -> None:
    """Every kind of file whose pixels are not just read."""
    random = np.random.default_rng(0)
    colour = Image.fromarray(random.integers(0, 256, (90, 140, 3), dtype=np.uint8))
    smooth = colour.resize((900, 610), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    for turn in range(1, 9):
        exif[274] = turn
        colour.save(folder / f"turned{turn}.jpg", exif=exif)
        smooth.save(folder / f"large{turn}.jpg", exif=exif)
    smooth.rotate(90, expand=True).save(folder / "tall.jpg", progressive=True)
    smooth.convert("CMYK").save(folder / "cmyk.jpg")
    smooth.convert("L").save(folder / "grey.jpg")
    smooth.save(folder / "large.webp")
    clear = colour.convert("RGBA")
    clear.putalpha(Image.fromarray(random.integers(0, 256, (90, 140), dtype=np.uint8)))
    clear.save(folder / "clear.png")
    clear.convert("LA").save(folder / "grey-clear.png")
    colour.convert("P").save(folder / "palette.png", transparency=7)
    colour.convert("1").save(folder / "bits.png")
    colour.save(folder / "keyed.png", transparency=(0, 0, 0))
    colour.quantize(16).save(folder / "frames.gif", save_all=True, append_images=[smooth.quantize(4)])
    Image.fromarray(random.integers(0, 65536, (80, 70), dtype=np.uint16)).save(folder / "deep.png")
    Image.fromarray(random.integers(0, 65536, (80, 70), dtype=np.uint16)).save(folder / "deep.tif")
    colour.save(folder / "plain.bmp")
    colour.resize((20, 9)).save(folder / "small.png")
    colour.resize((48, 48)).save(folder / "as-it-is.png")


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("shape", [(3, 48, 48), (1, 48, 48), (3, 20, 56)], ids=str)
def test_odd_pictures_become_the_pixels_of_predict(
    client: ModuleType, fit: str, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    save_odd_pictures(tmp_path)
    channels, height, width = shape
    how = {"channels": channels, "height": height, "width": width, "fit": fit, "reducing_gap": 3.0}
    for path in sorted(tmp_path.iterdir()):
        wanted = decode(path, path.name, shape=(height, width), num_channels=channels, fit=fit)
        assert isinstance(wanted, np.ndarray), wanted
        np.testing.assert_array_equal(client.pixels_of(path, how), wanted, err_msg=path.name)


@given(
    st.tuples(*[st.integers(1, 130)] * 2),
    st.tuples(*[st.integers(1, 70)] * 2),
    st.sampled_from(["crop", "pad"]),
)
def test_pictures_of_any_size_become_the_pixels_of_predict(
    client: ModuleType, sides: tuple[int, int], shape: tuple[int, int], fit: str
) -> None:
    values = np.random.default_rng(0).integers(0, 256, (*sides, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    how = {"channels": 3, "height": shape[0], "width": shape[1], "fit": fit, "reducing_gap": 3.0}
    wanted = decode(file.getvalue(), "drawn.png", shape=shape, fit=fit)
    np.testing.assert_array_equal(client.pixels_of(file, how), wanted)
