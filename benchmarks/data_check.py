"""`python -m benchmarks.data_check`: what `data check` takes beyond decoding, by the number of images.

Images are mapped from disk, as decoded ones are: grey noise of 32 pixels whose power falls with its
frequency, under 10,000 leaves. One in a hundred is a copy of another one, brighter; those found are counted.
"""

from __future__ import annotations

import math
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import torch
import typer

from benchmarks.command import run_main
from taskgraft.audit import audit
from taskgraft.data import Dataset, Provenance
from taskgraft.hardware import peak_memory_bytes
from taskgraft.printing import note, say, say_json
from taskgraft.taxonomy import IntArray, Level, Taxonomy

_SIDE = 32
_COPIED = 100  # one in so many is a copy
_NUM_LEAVES, _CHILDREN = 10_000, 20
_CHUNK = 10_000


def bench(
    sizes: Annotated[list[int], typer.Option("--images", help="Numbers of images, ascending.")] = [30_000],  # noqa: B006
    seed: Annotated[int, typer.Option(help="Of the images.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure the check at some sizes, in CPU seconds, with the exponent from each size to the next."""
    torch.set_num_threads(1)
    figures = []
    for num_images in sizes:
        with tempfile.TemporaryDirectory(prefix="taskgraft-check-") as folder:
            figures.append(_measured(_dataset(Path(folder) / "images", num_images, seed)))
        note(_line(figures[-1]))
    if as_json:
        say_json(figures)
        return
    for one, other in pairwise(figures):
        power = math.log(other["cpu_seconds"] / one["cpu_seconds"])
        power /= math.log(other["num_images"] / one["num_images"])
        say(f"{one['num_images']:,} to {other['num_images']:,}", f"grows with the power {power:.2f}")


def _line(figure: dict[str, float]) -> str:
    return (
        f"{figure['num_images']:,} images: {figure['cpu_seconds']:.1f} CPU-seconds, "
        f"{figure['num_pairs']:,} of {figure['num_copies']:,} copies, "
        f"at most {figure['peak_bytes'] / 2**20:,.0f} MB"
    )


def _measured(data: Dataset) -> dict[str, float]:
    start = time.process_time()
    duplicates = audit(data).duplicates
    seconds = time.process_time() - start
    num_images = len(data.images)
    num_pairs = duplicates.num_exact_pairs + duplicates.num_near_pairs + duplicates.num_mirrored_pairs
    return {
        "num_images": num_images,
        "cpu_seconds": seconds,
        "num_pairs": num_pairs,
        "num_copies": num_images // _COPIED,
        "peak_bytes": peak_memory_bytes("cpu") or 0,
    }


def _dataset(path: Path, num_images: int, seed: int) -> Dataset:
    """The images, mapped from a file, with labels in turn; the last tenth is test."""
    images = np.memmap(path, np.uint8, "w+", shape=(num_images, 1, _SIDE, _SIDE))
    num_copies = num_images // _COPIED
    rng = np.random.default_rng(seed)
    for start in range(0, num_images, _CHUNK):
        images[start : start + _CHUNK] = _noise(rng, min(_CHUNK, num_images - start))
    images[-num_copies:] = np.minimum(images[:num_copies].astype(np.float32) * 1.2, 255)
    images.flush()
    leaf = np.arange(num_images) % _NUM_LEAVES
    labels: IntArray = np.stack([leaf // _CHILDREN, leaf], axis=1).astype(np.int64)
    provenance = Provenance("drawn", "the last tenth for test", is_official=True)
    test = np.arange(num_images - num_images // 10, num_images)
    mapped = np.memmap(path, np.uint8, "c", shape=images.shape)
    return Dataset.carve(mapped, labels, _taxonomy(), test=test, provenance=provenance)


def _taxonomy() -> Taxonomy:
    kinds = Level("kind", tuple(f"kind {k}" for k in range(_NUM_LEAVES // _CHILDREN)))
    leaves = Level("leaf", tuple(f"leaf {k}" for k in range(_NUM_LEAVES)))
    return Taxonomy((kinds, leaves), (tuple(k // _CHILDREN for k in range(_NUM_LEAVES)),))


def _noise(rng: np.random.Generator, number: int) -> npt.NDArray[np.uint8]:
    frequency = np.hypot(np.fft.fftfreq(_SIDE)[:, None], np.fft.rfftfreq(_SIDE)[None])
    weight = 1 / np.maximum(frequency, 1 / _SIDE)
    weight[0, 0] = 0
    spectrum = weight * np.exp(2j * np.pi * rng.random((number, *weight.shape)))
    noise = np.fft.irfft2(spectrum, s=(_SIDE, _SIDE))
    low, high = (noise.min((1, 2), keepdims=True), noise.max((1, 2), keepdims=True))
    pixels: npt.NDArray[np.uint8] = np.rint(10 + 200 * (noise - low) / (high - low)).astype(np.uint8)
    return pixels[:, None]


if __name__ == "__main__":
    run_main(bench)
