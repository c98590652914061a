"""`python -m benchmarks.gpu_check`: whether taskgraft does on a GPU what it does on a CPU, and how fast.

One part after another, each a line of JSON as soon as it is done, so that a run that is cut off has said what
it saw. A part that fails says why, the others go on, and the exit code is 1.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks.ceiling import matmul_rate
from benchmarks.command import run_main
from benchmarks.images import random_images
from benchmarks.loop import measure_loop
from taskgraft.architecture import catalogue
from taskgraft.data.sources import load
from taskgraft.execution import compare
from taskgraft.export import export
from taskgraft.hardware import (
    PRECISIONS,
    Hardware,
    Precision,
    choose_hardware,
    peak_memory_bytes,
    reset_peak_memory,
)
from taskgraft.inference import predict_logits
from taskgraft.models import load_model
from taskgraft.network import Network
from taskgraft.recipe import Recipe, TimmTrunkSpec, recipe
from taskgraft.study import MODEL, run_directory
from taskgraft.training import train

Facts = dict[str, Any]
SEED = 0
# Of the bench's own tiny trunk of timm, so that no weights are fetched.
_BACKBONE = "test_efficientnet"


class GpuCheck:
    """The parts, on one device.

    Args:
        hardware: Where and how to compute.
        num_steps: Steps that a part trains for.
        largest_batch: Recipes with larger batches train with this one.
    """

    def __init__(self, hardware: Hardware, num_steps: int, largest_batch: int) -> None:
        self._hardware = hardware
        self._num_steps = num_steps
        self._largest_batch = largest_batch
        self._data = random_images(num_train=max(2 * largest_batch, 512))
        self._architectures = catalogue(self._data.taxonomy.level_names)

    def parts(self) -> Iterator[tuple[str, Callable[[], Facts]]]:
        """Name and work of each part, the most telling first."""
        yield "machine", self.machine
        for name, architecture in product(("quick", "fast", "finetune"), self._architectures):
            yield f"steps.{name}.{architecture}", partial(self.steps, name, architecture)
        for name in ("quick", "fast"):
            yield f"determinism.{name}", partial(self.determinism, name)
            yield f"beside-cpu.{name}", partial(self.beside_cpu, name)
        for precision, is_last in product(PRECISIONS, (True, False)):
            layout = "channels-last" if is_last else "channels-first"
            yield f"speed.fast.{precision}.{layout}", partial(self.speed, precision, is_last)
        for mode in ("default", "reduce-overhead"):
            yield f"compile.{mode}", partial(self.compiled, mode)
        yield "study-and-export", self.study_and_export

    def machine(self) -> Facts:
        """What computes, and how fast it multiplies."""
        device = self._hardware.device
        rates = {
            f"matmul_{name}_gflop_per_second": matmul_rate(dtype, device)
            for name, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16))
        }
        name = torch.cuda.get_device_name() if device == "cuda" else device
        return {"device": name, "torch": torch.__version__, "cuda": torch.version.cuda, **rates}

    def steps(self, name: str, architecture: str) -> Facts:
        """Some steps of a recipe: images a second, peak memory, and that its loss is a number."""
        reset_peak_memory(self._hardware.device)
        its = self._recipe(name)
        sample = measure_loop(
            self._architectures[architecture], self._data, its, self._hardware, self._num_steps
        )
        return {
            "images_per_second": sample.images_per_second,
            "gflop_per_second": sample.gflop_per_second,
            "data_share": sample.data_share,
            "peak_memory_bytes": peak_memory_bytes(self._hardware.device),
        }

    def determinism(self, name: str) -> Facts:
        """Two trainings of one seed: the same bits, or by how much their weights differ."""
        one, other = (self._trained(self._recipe(name), self._hardware) for _ in range(2))
        return {"is_identical": _difference(one, other) == 0, "largest_difference": _difference(one, other)}

    def beside_cpu(self, name: str) -> Facts:
        """One network predicting on the device and on the CPU: by how much its logits differ."""
        network = self._trained(self._recipe(name), self._hardware)
        plain = replace(self._hardware, precision="f32")
        ours = predict_logits(network, self._data, "test", plain)
        on_cpu = replace(choose_hardware("cpu", 1), precision="f32")
        theirs = predict_logits(network.to("cpu"), self._data, "test", on_cpu)
        worst = max(float(abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
        same = min(float((a.argmax(1) == b.argmax(1)).mean()) for a, b in zip(ours, theirs, strict=True))
        return {"largest_difference": worst, "same_decisions_ratio": same}

    def speed(self, precision: Precision, is_channels_last: bool) -> Facts:
        """The same steps in another precision and layout."""
        hardware = replace(self._hardware, precision=precision, channels_last=is_channels_last)
        sample = measure_loop(
            self._architectures["shared"], self._data, self._recipe("fast"), hardware, self._num_steps
        )
        rate = matmul_rate(hardware.dtype, hardware.device)
        return {
            "images_per_second": sample.images_per_second,
            "of_the_matrix_product": sample.gflop_per_second / rate,
        }

    def compiled(self, mode: str) -> Facts:
        """The trunk compiled: time of a pass forwards and backwards over that of the plain one, in turns."""
        network = self._trained(self._recipe("fast"), self._hardware, num_steps=1).train()
        images = torch.from_numpy(self._data.images[: self._largest_batch]).to(self._hardware.device)
        trunk = torch.compile(network.trunk, mode=mode)
        started = time.perf_counter()
        self._pass(trunk, network, images)
        first_seconds = time.perf_counter() - started
        ratios = []
        for _ in range(3):
            plain, fast = (self._seconds(each, network, images) for each in (network.trunk, trunk))
            ratios.append(fast / plain)
        return {"first_seconds": first_seconds, "time_ratio": sorted(ratios)[1]}

    def study_and_export(self) -> Facts:
        """A study of two on the device, its report, and its model exported, which checks itself."""
        with tempfile.TemporaryDirectory() as folder:
            data = load("shapes", num_train=640, num_test=64)
            study = compare(
                data,
                "independent,shared",
                "quick",
                epochs=1,
                device=self._hardware.device,
                out=Path(folder) / "study",
            )
            accuracies = {run.variant: run.scores["full_path_accuracy"] for run in study.runs}
            model = load_model(run_directory(study.directory, "shared", 0) / MODEL)
            exported = export(model, Path(folder) / "model.pt2")
            return {"full_path_accuracies": accuracies, "exported_bytes": exported.num_bytes}

    def _seconds(self, trunk: Any, network: Network, images: torch.Tensor) -> float:
        started = time.perf_counter()
        for _ in range(self._num_steps):
            self._pass(trunk, network, images)
        return time.perf_counter() - started

    def _pass(self, trunk: Any, network: Network, images: torch.Tensor) -> None:
        pixels = (images.float() - network.pixel_mean) / network.pixel_std
        with self._hardware.autocast():
            features = trunk(pixels.contiguous(memory_format=self._hardware.memory_format))
        sum(each.float().square().mean() for each in features).backward()
        # Reading a number waits for the device.
        float(next(each.grad.norm() for each in network.trunk.parameters() if each.grad is not None))
        network.zero_grad()

    def _recipe(self, name: str) -> Recipe:
        its = recipe(name)
        if name == "finetune":
            trunk = TimmTrunkSpec(backbone=_BACKBONE, drop_path=0.1)
            its = its.model_copy(update={"network": its.network.model_copy(update={"trunk": trunk})})
        return its.model_copy(update={"batch_size": min(its.batch_size, self._largest_batch)})

    def _trained(self, its: Recipe, hardware: Hardware, num_steps: int | None = None) -> Network:
        steps = num_steps or self._num_steps
        epochs = steps * its.batch_size / self._data.num_images["train"]
        short = its.model_copy(update={"epochs": max(epochs, 0.001), "early_stop": None})
        return train(self._architectures["shared"], self._data, short, SEED, hardware)[0]


def checked(check: GpuCheck, seconds: float, only: str = "") -> Iterator[Facts]:
    """The facts of each part, its error if it fails, and which were left out for want of time.

    Args:
        check: The parts.
        seconds: No part is begun later than this.
        only: Parts whose name begins so; all by default.
    """
    started = time.perf_counter()
    for name, part in check.parts():
        if not name.startswith(only):
            continue
        if time.perf_counter() - started > seconds:
            yield {"part": name, "left_out": f"after {seconds:g} s"}
            continue
        began = time.perf_counter()
        try:
            facts = part()
        except Exception as error:  # A part of many: the others are worth as much.
            facts = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        yield {"part": name, **facts, "seconds": time.perf_counter() - began}


def main(
    device: str = "auto", seconds: float = 420.0, steps: int = 20, batch: int = 1024, only: str = ""
) -> None:
    """Check a device, the GPU unless another is named."""
    failed = False
    for facts in checked(GpuCheck(choose_hardware(device), steps, batch), seconds, only):
        failed |= "error" in facts
        print(json.dumps(facts), flush=True)
    if failed:
        sys.exit(1)


def _difference(one: Network, other: Network) -> float:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((a - b).detach().abs().max()) for a, b in pairs)


if __name__ == "__main__":
    run_main(main)
