"""Studies that take a second: drawn without chance, trained for three steps, compared bit by bit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from listening import Listening
from planned import planned
from taskgraft.data import Dataset, Provenance
from taskgraft.events import silent
from taskgraft.execution import Plan, run_plan
from taskgraft.hardware import Hardware
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec, Recipe, quick
from taskgraft.study import Study
from taskgraft.taxonomy import Taxonomy

NAMES = ("independent", "shared-coarse-to-fine")
# What of a result may differ between two machines, or two moments.
_VARYING = {"checksum", "finished", "environment", "digests", "cost"}


def small_data() -> Dataset:
    """48 train, 16 val and 24 test images of 16 x 16; the same for ever, since no generator draws them."""
    paths = [("warm", "red"), ("warm", "yellow"), ("cold", "blue"), ("cold", "green")]
    taxonomy = Taxonomy.from_names(["group", "colour"], paths)
    leaves = np.arange(88) % 4
    colours = np.array([[200, 60, 60], [190, 180, 60], [60, 60, 200], [60, 180, 90]])
    noise = (np.arange(88 * 3 * 256, dtype=np.int64) * 7919 % 101 - 50).reshape(88, 3, 16, 16)
    images = np.clip(colours[leaves][:, :, None, None] + noise, 0, 255).astype(np.uint8)
    labels = np.stack([taxonomy.ancestors(0)[leaves], leaves], axis=1)
    provenance = Provenance("colours", "drawn for the tests", is_official=True)
    indices = {"train": np.arange(48), "val": np.arange(48, 64), "test": np.arange(64, 88)}
    return Dataset(images, labels, taxonomy, indices, provenance)


def small_recipe() -> Recipe:
    """A network of a few dozen weights, one epoch of three steps."""
    network = NetworkSpec(
        trunk=CompactSpec(stem_width="whitened", stage_widths=(2, 2)),
        branch=BranchSpec(fc_1=(), fc_2=(2,)),
        conventions="modern",
    )
    return quick().model_copy(update={"name": "small", "network": network, "epochs": 1.0, "batch_size": 16})


def small_plan(out: Path, names: Sequence[str] = NAMES, seeds: int = 1, **options: Any) -> Plan:
    """The plan of a small study, on the same hardware everywhere; options are those of `compare`."""
    torch.set_num_threads(1)
    hardware = Hardware("cpu", "f32", channels_last=True, num_threads=1)
    with patch("taskgraft.execution._planning.choose_hardware", return_value=hardware):
        return planned(small_data(), list(names), small_recipe(), seeds, out=out, **options)


def small_study(
    out: Path, names: Sequence[str] = NAMES, seeds: int = 1, listener: Callable[[Any], None] | None = None
) -> Study:
    """Runs, or goes on with, a small study."""
    return run_plan(small_plan(out, names, seeds), listener or silent)


class Watching(Listening):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.elsewhere: list[tuple[str, int]] = []
        self.notes: list[str] = []

    def on_run_end(self, record: Any) -> None:
        self.done.append((record.variant, record.seed))

    def on_run_elsewhere(self, variant: str, seed: int) -> None:
        self.elsewhere.append((variant, seed))

    def on_note(self, text: str) -> None:
        self.notes.append(text)


def differing_files(one: Path, other: Path) -> list[str]:
    """Files of two studies that do not hold the same: bit by bit, but for times and the places of runs."""
    names = sorted({path.relative_to(study).as_posix() for study in (one, other) for path in _kept(study)})
    return [name for name in names if not _is_same(one / name, other / name)]


def leftovers(study: Path) -> list[str]:
    """Files that belong to no finished study: temporary ones, and checkpoints."""
    checkpoints = sorted(str(path.relative_to(study)) for path in study.rglob("checkpoint*"))
    return temporary_files(study) + checkpoints


def temporary_files(study: Path) -> list[str]:
    """Files that are half written, or were when their process died."""
    return sorted(str(path.relative_to(study)) for path in study.rglob("*") if path.suffix == ".tmp")


def _kept(study: Path) -> list[Path]:
    once = ("study.json", "images.jsonl", "gallery.safetensors")
    files = [*study.glob("runs/*/*"), *(study / name for name in once)]
    return [path for path in files if path.name not in (".lock", "history.jsonl")]


def _is_same(one: Path, other: Path) -> bool:
    if not (one.exists() and other.exists()):
        return False
    if one.name == "study.json":
        return bool(json.loads(one.read_bytes())["request"] == json.loads(other.read_bytes())["request"])
    if one.name == "result.json":
        return _steady(one) == _steady(other)
    if one.name == "model.safetensors":
        return _without_origin(one) == _without_origin(other)
    return one.read_bytes() == other.read_bytes()


def _without_origin(path: Path) -> tuple[dict[str, Any], bytes]:
    """What a model says of itself but for when and where it was made, and the bytes of its weights."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    description = json.loads(json.loads(content[8:end])["__metadata__"]["taskgraft"])
    return {name: description[name] for name in description if name not in ("origin", "sha256")}, content[
        end:
    ]


def _steady(result: Path) -> dict[str, Any]:
    return {name: value for name, value in json.loads(result.read_bytes()).items() if name not in _VARYING}


def num_open_files() -> int:
    """Open files of this process."""
    return len(os.listdir("/proc/self/fd"))
