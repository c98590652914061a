"""`python -m benchmarks.large_tree`: a made data set of seven levels, from `data check` to `predict`.

By default 10,000 leaves of 3 to 300 images, 300,000 in all, of 32 pixels, in one Parquet file. Every leaf is
a path of seven choices, each of which shows: ground, outline, stripes, their turn, size, colour, place. Each
step is a command in a separate process, as a user types it; CPU seconds and peak memory stand beside it.
"""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from PIL import Image

from benchmarks.command import run_main
from taskgraft.printing import note, say
from taskgraft.taxonomy import IntArray

LEVELS = ("phylum", "class", "order", "family", "genus", "section", "species")
_FEWEST, _MOST = 3, 300
_SIDE, _BLOCK, _NUM_PREDICTED = 32, 2_000, 200


def bench(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where data and study are written.")],
    leaves: Annotated[int, typer.Option(help="Leaf classes.")] = 10_000,
    images: Annotated[int, typer.Option(help="Images in all.")] = 300_000,
    epochs: Annotated[float, typer.Option(help="Length of each run.")] = 0.05,
    architectures: Annotated[str, typer.Option(metavar="A,B", help="What is trained.")] = "shared,flat",
    seed: Annotated[int, typer.Option(help="Of the data.")] = 0,
) -> None:
    """Write the data set, and take it through every step."""
    out.mkdir(parents=True, exist_ok=True)
    data, study, pictures = out / "large.parquet", out / "study", out / "pictures"
    if not data.exists():
        write(data, pictures, leaves, images, seed)
    note(f"{leaves:,} leaves, {images:,} images: {data.stat().st_size / 2**20:,.0f} MB")
    levels = ("--label-columns", ",".join(LEVELS))
    source = (str(data), *levels)
    training = (
        "--architectures",
        architectures,
        "--recipe",
        "quick",
        "--epochs",
        str(epochs),
        "--seeds",
        "1",
    )
    _step("decode", "data", "show", *source)
    _step("check", "data", "check", *source, "--out", str(out / "check.html"), "--fail-on", "never")
    _step("compare", "compare", "--data", *source, *training, "--out", str(study))
    _step("report", "report", str(study))
    model = study / "runs" / f"{architectures.partition(',')[0]}-seed0"
    _step("predict", "predict", str(model), str(pictures), "--out", str(out / "predictions.csv"))


def _step(title: str, *arguments: str) -> None:
    """One command in a process: what it took, all that it started included."""
    with Path(os.devnull).open("wb") as nothing:
        child = subprocess.Popen([sys.executable, "-m", "taskgraft", *arguments], stdout=nothing)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    outcome = "" if child.returncode == 0 else f", ended with {child.returncode}"
    say(title, f"{seconds:,.1f} CPU-seconds, at most {megabytes:,.0f} MB{outcome}")


def write(data: Path, pictures: Path, num_leaves: int, num_images: int, seed: int) -> None:
    """Writes the data set as one Parquet file, and some of its pictures as files."""
    # They come with the extra `parquet`, and without types.
    pa: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    rng = np.random.default_rng(seed)
    paths = leaf_paths(num_leaves)
    leaf = rng.permutation(np.repeat(np.arange(num_leaves), _sizes(num_leaves, num_images)))
    names = [
        np.array([f"{level} {k}" for k in range(paths[:, i].max() + 1)]) for i, level in enumerate(LEVELS)
    ]
    pictures.mkdir(exist_ok=True)
    columns = [("image", pa.binary()), *((level, pa.string()) for level in LEVELS)]
    temporary = data.with_suffix(".part")
    with parquet.ParquetWriter(temporary, pa.schema(columns)) as writer:
        for start in range(0, len(leaf), _BLOCK):
            shown = leaf[start : start + _BLOCK]
            encoded = [*_encoded(_draw(rng, _digits(paths)[shown]))]
            labels = [names[i][paths[shown, i]] for i in range(len(LEVELS))]
            writer.write_table(pa.table([encoded, *labels], schema=pa.schema(columns)))
            for k, content in enumerate(encoded[: _NUM_PREDICTED if start == 0 else 0]):
                (pictures / f"{k}.bmp").write_bytes(content)
    temporary.replace(data)


def leaf_paths(num_leaves: int) -> IntArray:
    """The class of every leaf at every level, shape (K, 7); levels grow by one factor."""
    sizes = [round(num_leaves ** ((i + 1) / len(LEVELS))) for i in range(len(LEVELS))]
    paths = [np.arange(num_leaves)]
    for coarser, finer in zip(reversed(sizes[:-1]), reversed(sizes[1:]), strict=True):
        paths.append(paths[-1] * coarser // finer)
    return np.stack(paths[::-1], axis=1)


def _digits(paths: IntArray) -> IntArray:
    """Which child of its parent each class on the way is, shape (K, 7)."""
    digits = paths.copy()
    for i in range(1, paths.shape[1]):
        _, first = np.unique(paths[:, i - 1], return_index=True)
        digits[:, i] = paths[:, i] - paths[first, i][paths[:, i - 1]]
    return digits


def _sizes(num_leaves: int, num_images: int) -> IntArray:
    """Images of each leaf, from 3 to 300, many small ones and few large ones, so many in all."""
    rank = np.linspace(0, 1, num_leaves)
    low, high = 0.01, 100.0
    for _ in range(60):
        power = (low + high) / 2
        sizes = np.rint(_FEWEST * (_MOST / _FEWEST) ** (rank**power)).astype(np.int64)
        low, high = (power, high) if sizes.sum() > num_images else (low, power)
    return sizes


def _encoded(images: npt.NDArray[np.uint8]) -> Iterator[bytes]:
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "BMP")
        yield file.getvalue()


def _draw(rng: np.random.Generator, digits: IntArray) -> npt.NDArray[np.uint8]:
    """Pictures of the choices on a path: uint8 of shape (B, 32, 32, 3)."""
    ground, outline, stripes, turn, size, colour, place = digits.T.astype(np.float32)[:, :, None, None]
    number = len(digits)
    rows, columns = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j].astype(np.float32)
    jitter = rng.normal(0, 0.05, (2, number, 1, 1)).astype(np.float32)
    y = rows - np.where(place >= 2, 0.25, -0.25) - jitter[0]
    x = columns - np.where(place % 2 == 1, 0.25, -0.25) - jitter[1]
    radius = 0.4 + 0.1 * size
    # Outlines from a diamond over a disc to a square, by the power of their norm.
    power = np.array([1.0, 1.5, 2.0, 8.0], np.float32)[np.minimum(outline, 3).astype(int)]
    inside = (np.abs(x) ** power + np.abs(y) ** power < radius**power)[..., None]
    angle = turn * np.pi / 4
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (4 + 5 * stripes))[..., None]
    hues = np.arange(3, dtype=np.float32) * 2 * np.pi / 3
    behind = 0.5 + 0.25 * np.cos(ground[..., None] * np.pi / 2 + hues)
    front = 0.5 + 0.25 * np.cos(np.pi / 4 + colour[..., None] * np.pi / 2 + hues) + 0.2 * np.sign(wave)
    pixels = np.where(inside, front, behind) + rng.normal(0, 0.06, (number, _SIDE, _SIDE, 3))
    drawn: npt.NDArray[np.uint8] = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return drawn


if __name__ == "__main__":
    run_main(bench)
