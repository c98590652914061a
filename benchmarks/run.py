"""The whole bench: everything measured in turn, round after round, so that a noisy machine cannot lie."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from benchmarks.baseline import Baseline
from benchmarks.ceiling import matmul_rate
from benchmarks.checkpoint import scratch_folder
from benchmarks.figure import Figure, summarise
from benchmarks.images import random_images
from benchmarks.peak import peak_memory_gigabytes
from benchmarks.subject import BATCH_SIZES, Subject
from taskgraft.architecture import catalogue
from taskgraft.hardware import Hardware
from taskgraft.recipe import recipe

RECIPES = ("original", "fast")
ARCHITECTURES = ("shared", "independent")


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        num_rounds: Rounds at most; a round measures everything once.
        most_seconds: No round is begun that would end later than this after the first began.
        largest_batch: Recipes with larger batches train with this one.
        loop_seconds: Training to measure, about, for each network and round.
        num_calls: Calls of single images a round; a fifth of that for larger batches.
    """

    num_rounds: int
    most_seconds: float
    largest_batch: int
    loop_seconds: float
    num_calls: int


FULL = Effort(num_rounds=3, most_seconds=600, largest_batch=8192, loop_seconds=3, num_calls=100)
QUICK = Effort(num_rounds=3, most_seconds=60, largest_batch=256, loop_seconds=0.5, num_calls=20)


@dataclass
class Bench:
    """One run of the bench.

    Args:
        hardware: Where and how to compute.
        effort: How much to measure.
        tell: Called with a line at each stage.
        directory: On the disk that saves are timed on.

    Attributes:
        measured: All measurements of each figure so far, by its name.
    """

    hardware: Hardware
    effort: Effort
    tell: Callable[[str], None]
    directory: Path = Path()
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> list[Figure]:
        """Measures everything and returns the figures.

        Raises:
            TaskgraftError: If a process that measures dies, or nothing can be written into the directory.
        """
        device, num_threads = self.hardware.device, self.hardware.num_threads
        with scratch_folder(self.directory) as folder:
            self.tell("peak memory, in a separate process")
            self._note("peak_memory_gigabytes", peak_memory_gigabytes(device, num_threads))
            with Baseline(device, num_threads) as baseline:
                self._rounds(self._subjects(baseline), folder)
        return [summarise(name, values, unit_of(name)) for name, values in self.measured.items()]

    def _rounds(self, subjects: list[Subject], folder: Path) -> None:
        """Measures every subject in turn, again and again while there is time."""
        started, longest = time.monotonic(), 0.0
        for number in range(self.effort.num_rounds):
            begun = time.monotonic()
            if number and begun + longest - started > self.effort.most_seconds:
                self.tell("no time for another round")
                return
            for subject in subjects:
                self.tell(f"round {number + 1} of {self.effort.num_rounds}: {subject.name}")
                self._measure_training(subject, folder)
                for batch_size in BATCH_SIZES:
                    self._measure_inference(subject, batch_size)
                # A call is of a few batches.
                num_calls = max(3, self.effort.num_calls // 10)
                self._note(f"answers_over_logits.{subject.name}", subject.answers_ratio(num_calls))
            longest = max(longest, time.monotonic() - begun)

    def _subjects(self, baseline: Baseline) -> list[Subject]:
        data, rate = random_images(), self._ceiling()
        architectures = catalogue(data.taxonomy.level_names)
        subjects = []
        for recipe_name in RECIPES:
            full = recipe(recipe_name)
            chosen = full.model_copy(update={"batch_size": min(full.batch_size, self.effort.largest_batch)})
            for name in ARCHITECTURES:
                self.tell(f"engines of {recipe_name}.{name}")
                subjects.append(Subject(architectures[name], chosen, data, self.hardware, baseline, rate))
        return subjects

    def _measure_training(self, subject: Subject, folder: Path) -> None:
        name, seconds = subject.name, self.effort.loop_seconds
        before = self._ceiling()
        loop = subject.loop(seconds)
        ceiling = (before + self._ceiling()) / 2
        self._note(f"training_rate.{name}", loop.images_per_second)
        self._note(f"training_gflop_rate.{name}", loop.gflop_per_second)
        self._note(f"training_peak_fraction.{name}", loop.gflop_per_second / ceiling)
        self._note(f"data_share.{name}", loop.data_share)
        self._note(f"other_share.{name}", loop.other_share)
        self._note(f"checkpoint_share.{name}", subject.checkpoint_share(loop.images_per_second, folder))
        self._note(f"training_speedup_over_tutorial.{name}", subject.speedup_over_tutorial(seconds))

    def _measure_inference(self, subject: Subject, batch_size: int) -> None:
        # A large batch takes as long as many single images, and varies less.
        num_calls = self.effort.num_calls if batch_size == 1 else max(2, self.effort.num_calls // 5)
        latency = subject.latency(batch_size, num_calls)
        what, median = f"batch{batch_size}.{subject.name}", latency.percentile(50)
        self._note(f"inference_speedup.{what}", latency.speedup())
        self._note(f"inference_rate.{what}", batch_size / median)
        self._note(f"onnxruntime_rate.{what}", batch_size / latency.onnx_median())
        self._note(f"inference_p50_milliseconds.{what}", 1e3 * median)
        self._note(f"inference_p99_milliseconds.{what}", 1e3 * latency.percentile(99))
        self._note(f"inference_start_seconds.{what}", latency.start_seconds)

    def _ceiling(self) -> float:
        """Rate of the matrix product in the precision in use, in GFLOP/s; both are noted."""
        rates = {d: matmul_rate(d, self.hardware.device) for d in (torch.bfloat16, torch.float32)}
        self._note("matmul_bf16", rates[torch.bfloat16])
        self._note("matmul_f32", rates[torch.float32])
        return rates[self.hardware.dtype]

    def _note(self, name: str, value: float) -> None:
        self.measured[name].append(value)


def unit_of(name: str) -> str:
    """The unit of a figure, by the first part of its name."""
    kind = name.partition(".")[0]
    units = {
        "matmul_bf16": "GFLOP/s",
        "matmul_f32": "GFLOP/s",
        "training_gflop_rate": "GFLOP/s",
        "training_rate": "images/s",
        "inference_rate": "images/s",
        "onnxruntime_rate": "images/s",
        "peak_memory_gigabytes": "GB",
        "inference_p50_milliseconds": "ms",
        "inference_p99_milliseconds": "ms",
        "inference_start_seconds": "s",
    }
    return units.get(kind, "ratio")
