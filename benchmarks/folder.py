"""`python -m benchmarks.folder`: an epoch over a folder of photographs, against the loop with `ImageFolder`.

Ours trains from pictures that were decoded once. The other decodes each picture in each epoch, in the workers
of a `DataLoader`, crops, mirrors and resizes it there, and trains the same network, f32, NCHW, `.item()` each
step. Both crop 35 to 100 % of the area and mirror half of the pictures; validation is left out of both.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from benchmarks.command import bench_app, run_app
from benchmarks.eager import plain_network
from benchmarks.patches import patches
from taskgraft.architecture import Architecture, catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.events import EpochDone, StepDone
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.printing import note, say, say_json
from taskgraft.recipe import Crop, Recipe
from taskgraft.training import num_batches, train, with_trunk

_NUM_WORKERS = 2
_MIN_AREA, _MAX_ASPECT = 0.35, 4 / 3
_NUM_EPOCHS = 2

app = bench_app()


@dataclass(frozen=True)
class Epoch:
    """What an epoch took, and how long its first step kept one waiting.

    Attributes:
        images_per_second: Of the second epoch, from its first picture to its last step.
        cpu_seconds: Of it, of all processes, for 1,000 images.
        first_step_seconds: From the name of a folder to the end of the first step; imports were done before.
    """

    images_per_second: float
    cpu_seconds: float
    first_step_seconds: float


@app.command()
def bench(
    folder: Annotated[
        Path, typer.Argument(help="A folder of photographs, as `taskgraft data show` takes it.")
    ],
    sizes: Annotated[list[int], typer.Option("--size", help="Sides of the images.")] = [128, 224],  # noqa: B006
    rounds: Annotated[int, typer.Option(help="Of each, in alternation.")] = 3,
    limit: Annotated[int | None, typer.Option(help="At most so many images a split.")] = None,
    trunk: Annotated[str | None, typer.Option(help="A trunk of timm in place of a tiny one.")] = None,
    weights: Annotated[str | None, typer.Option(help="Its weights.")] = None,
    batch: Annotated[int, typer.Option(help="Images a step.")] = 64,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Measure epochs end to end, from the files to the last step."""
    hardware = choose_hardware("cpu", 1)
    recipe = _recipe(trunk, weights, batch)
    figures = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as cache:
            os.environ["TASKGRAFT_CACHE"] = cache

            def read(size: int = size) -> Dataset:
                return load(str(folder), size=size, limit=limit)

            first = _ours(read, recipe, hardware)
            pairs = [(_ours(read, recipe, hardware), _usual(read, recipe, batch)) for _ in range(rounds)]
            figures.append({"size": size, "first": first, "ours": [p[0] for p in pairs]})
            figures[-1]["usual"] = [p[1] for p in pairs]
            note(f"{size} pixels: done")
    _say(figures, as_json=as_json)


def _recipe(trunk: str | None, weights: str | None, batch: int) -> Recipe:
    recipe = patches().model_copy(update={"batch_size": batch, "epochs": float(_NUM_EPOCHS)})
    recipe = recipe.model_copy(update={"augmentation": Crop(min_area_ratio=_MIN_AREA)})
    return recipe if trunk is None else with_trunk(recipe, trunk, weights)


def _ours(read: Callable[[], Dataset], recipe: Recipe, hardware: Hardware) -> Epoch:
    started = time.perf_counter()
    data = read()
    clock = _Clock(num_batches(recipe, data))
    train(_architecture(data), data, recipe, 0, hardware, listener=clock)
    num_images = clock.num_batches * min(recipe.batch_size, data.num_images["train"])
    return _epoch(num_images, clock.end - clock.begin, clock.cpu_end - clock.cpu_begin, clock.first - started)


def _epoch(num_images: int, seconds: float, cpu_seconds: float, first: float) -> Epoch:
    return Epoch(num_images / seconds, 1000 * cpu_seconds / num_images, first)


class _Clock:
    """A listener that marks the end of the first step, and the second epoch without its validation."""

    def __init__(self, num_batches: int) -> None:
        self.num_batches = num_batches
        self.begin = self.end = self.first = self.cpu_begin = self.cpu_end = 0.0

    def __call__(self, event: Any) -> None:
        match event:
            case StepDone(step=1):
                self.first = time.perf_counter()
            case EpochDone(row=row) if row.step == self.num_batches:
                self.begin, self.cpu_begin = time.perf_counter(), _cpu_seconds()
            case StepDone(step=step) if step == 2 * self.num_batches:
                self.end, self.cpu_end = time.perf_counter(), _cpu_seconds()


def _usual(read: Callable[[], Dataset], recipe: Recipe, batch: int) -> Epoch:
    # The same pictures, classes and split; which takes no time that is counted.
    data = read()
    root, network = Path(data.provenance.source), plain_network(_architecture(data), data, recipe, "cpu")
    started = time.perf_counter()
    photographs = _Photographs(root, data)
    loader = DataLoader(photographs, batch, shuffle=True, num_workers=_NUM_WORKERS, drop_last=True)
    optimizer = torch.optim.AdamW(network.train().parameters(), lr=1e-3)
    first = 0.0
    for _ in range(_NUM_EPOCHS):
        begin, cpu_begin = time.perf_counter(), _cpu_seconds()
        for images, targets in loader:
            _step(network, optimizer, images, targets)
            first = first or time.perf_counter()
        seconds, cpu_seconds = time.perf_counter() - begin, _cpu_seconds() - cpu_begin
    return _epoch(len(loader) * batch, seconds, cpu_seconds, first - started)


def _step(network: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, targets: Tensor) -> float:
    optimizer.zero_grad()
    outputs = network(images)
    losses = [
        F.cross_entropy(level, target, ignore_index=-1)
        for level, target in zip(outputs, targets.T, strict=True)
    ]
    loss = torch.stack(losses).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


class _Photographs(TorchDataset[tuple[Tensor, Tensor]]):
    """The train split, file by file: decode, random resized crop, mirror, to a tensor."""

    def __init__(self, root: Path, data: Dataset) -> None:
        self._paths = [root / name for name in data.names_of("train")]
        self._labels = torch.from_numpy(data.labels_of("train"))
        self._side = data.image_shape[-1]

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        with Image.open(self._paths[number]) as file:
            picture = file.convert("RGB")
        picture = picture.resize((self._side, self._side), Image.Resampling.BILINEAR, box=_box(picture.size))
        if random.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
        # Our networks normalise by themselves and want pixels; the usual transform does the like.
        return (pixels - 0.5) / 0.25 * 64 + 128, self._labels[number]


def _box(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A random part of a picture, as torchvision draws it."""
    width, height = size
    for _ in range(10):
        area = width * height * random.uniform(_MIN_AREA, 1.0)
        aspect = np.exp(random.uniform(-np.log(_MAX_ASPECT), np.log(_MAX_ASPECT)))
        across, down = float(np.sqrt(area * aspect)), float(np.sqrt(area / aspect))
        if across <= width and down <= height:
            left, top = random.uniform(0, width - across), random.uniform(0, height - down)
            return left, top, left + across, top + down
    side = min(width, height)
    return (width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2


def _architecture(data: Dataset) -> Architecture:
    return catalogue(data.taxonomy.level_names)["shared"]


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


def _say(figures: list[dict[str, Any]], *, as_json: bool) -> None:
    plain = [{name: _plain(value) for name, value in each.items()} for each in figures]
    if as_json:
        say_json(plain)
        return
    say("size  loop                  images/s  CPU s/1,000  first step s")
    for each in figures:
        rows = {
            "ours, first study": [each["first"]],
            "ours, second study": each["ours"],
            "usual": each["usual"],
        }
        for name, epochs in rows.items():
            speed, cpu, first = (
                median(getattr(epoch, field) for epoch in epochs)
                for field in ("images_per_second", "cpu_seconds", "first_step_seconds")
            )
            say(f"{each['size']:>4}  {name:20}  {speed:8,.0f}  {cpu:11.2f}  {first:12.2f}")


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [asdict(each) for each in value]
    return asdict(value) if isinstance(value, Epoch) else value


if __name__ == "__main__":
    run_app(app)
