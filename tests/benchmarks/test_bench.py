"""The bench's own arithmetic. How fast anything is stands in the bench's output, never in a test."""

import re
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import answers, ceiling, images, loop, peak, run, tutorial
from benchmarks.answers import AnswersBench
from benchmarks.baseline import Baseline
from benchmarks.ceiling import matmul_rate
from benchmarks.checkpoint import checkpoint_share, num_saves, save_seconds
from benchmarks.exported import onnx_runtime
from benchmarks.figure import summarise
from benchmarks.images import random_images
from benchmarks.inference import InferenceBench, Latency
from benchmarks.loop import measure_loop
from benchmarks.run import Bench, Effort
from benchmarks.table import bench_table
from benchmarks.tutorial import TutorialLoop, _Images
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.errors import TaskgraftError
from taskgraft.events import BatchServed, RunEvent, StepDone, WeightsMoved
from taskgraft.hardware import Hardware
from taskgraft.network import cost
from taskgraft.recipe import Recipe
from taskgraft.training import Checkpoints
from taskgraft.training._checkpoint import Snapshot

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


class Ticks:
    """A clock that moves on by one second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_a_figure_is_a_median_with_its_range() -> None:
    figure = summarise("x", [4.0, 1.0, 3.0, 2.0], "ratio")
    assert (figure.value, figure.min, figure.max) == (2.5, 1.0, 4.0)


def test_the_rate_of_a_product_is_its_operations_over_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceiling.time, "perf_counter", Ticks())
    # Start at 1 s; looks at 2, 3 and 4 s, so two products of 2 x 8^3 operations in 3 s.
    assert matmul_rate(torch.float32, side=8, seconds=2.5) == pytest.approx(2 * 2 * 8**3 / 3 / 1e9)


def test_a_loop_is_measured_where_its_time_goes(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(loop._StepClock):
        """Data takes 1 s, the network 6 s, the rest 3 s; but 100 s each in a step that warms up."""

        def __call__(self, event: RunEvent) -> None:
            seconds = {BatchServed: 1, WeightsMoved: 6, StepDone: 3}
            if type(event) in seconds:
                self._wait(seconds[type(event)])
            super().__call__(event)

        def _wait(self, seconds: float) -> None:
            self.time = getattr(self, "time", 0.0) + (seconds if self._step % self._num_per_size else 100)

        def _now(self) -> float:
            return getattr(self, "time", 0.0)

    monkeypatch.setattr(loop, "_StepClock", Clock)
    growing = tiny_recipe.model_copy(update={"growth": (0.75, 1.0)})
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    sample = measure_loop(architecture, tiny_data, growing, F32, num_steps=2)
    macs = [
        cost(architecture, growing.network, tiny_data.taxonomy.num_classes, (3, side, side)).macs
        for side in (9, 12)
    ]
    # Two sizes, two counted steps each, 32 images and 10 s a step.
    assert sample.images_per_second == pytest.approx(3.2)
    assert sample.gflop_per_second == pytest.approx(sum(6 * m * 64 for m in macs) / 40 / 1e9)
    assert sample.data_share == pytest.approx(0.1)
    assert sample.other_share == pytest.approx(0.3)


def test_latencies_are_compared_by_their_medians() -> None:
    latency = Latency(ours=[1.0, 2.0, 9.0], eager=[6.0, 4.0, 4.0], onnx=[3.0, 5.0, 4.0], start_seconds=0.5)
    assert latency.speedup() == 2
    assert latency.onnx_median() == 4
    assert latency.percentile(50) == 2
    assert latency.percentile(99) == pytest.approx(8.86)


def test_random_images_are_like_cifar_100() -> None:
    data = random_images()
    assert data.image_shape == (3, 32, 32)
    assert data.taxonomy.num_classes == (20, 100)
    assert (np.bincount(data.labels_of("train")[:, 1]) == 500).all()
    assert abs(float(data.images.mean()) - 127.5) < 0.1


def test_the_tutorials_transform_crops_and_flips_single_images(tiny_data: Dataset) -> None:
    image, target = _Images(tiny_data)[0]
    index = tiny_data.indices["train"][0]
    assert target.tolist() == tiny_data.labels[index].tolist()
    whole = np.pad(tiny_data.images[index], ((0, 0), (4, 4), (4, 4)))
    found = ((image - 128) / 64 * 0.25 + 0.5) * 255
    crops = [whole[:, y : y + 12, x : x + 12] for y in range(9) for x in range(9)]
    assert any(np.abs(found.numpy() - turned).max() < 0.01 for c in crops for turned in (c, c[:, :, ::-1]))


def test_the_tutorial_loop_learns(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With workers it belongs into a separate process, where the bench has it: other children of this one
    # do not get on with torch's handler of dying workers.
    monkeypatch.setattr(tutorial, "_NUM_WORKERS", 0)
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    plain = TutorialLoop(architecture, tiny_data, tiny_recipe, "cpu")
    first = plain.running_loss
    assert plain.images_per_second(num_steps=40) > 0
    assert (plain.running_loss - first) / 40 < first


@pytest.fixture(scope="module")
def small_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench of one round on the smallest recipe."""
    effort = Effort(num_rounds=1, most_seconds=60, largest_batch=16, loop_seconds=0.01, num_calls=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "RECIPES", ("quick",))
        patch.setattr(run, "ARCHITECTURES", ("independent",))
        patch.setattr(run, "peak_memory_gigabytes", lambda device, threads: 1.25)
        patch.setattr(run, "matmul_rate", lambda dtype, device: 100.0)
        patch.setattr(images, "_NUM_TRAIN", 1000)
        bench = Bench(F32, effort, lambda line: None, tmp_path_factory.mktemp("disk"))
        bench.figures = bench.run()  # type: ignore[attr-defined]
    assert not list(bench.directory.iterdir())
    return bench


def test_the_bench_names_its_figures_as_promised(small_bench: Bench) -> None:
    promised = {"matmul_bf16", "matmul_f32", "peak_memory_gigabytes"} | {
        f"{kind}.quick.independent"
        for kind in (
            "training_rate",
            "training_peak_fraction",
            "training_speedup_over_tutorial",
            "data_share",
            "other_share",
            "checkpoint_share",
            "inference_speedup.batch256",
            "inference_speedup.batch1",
            "onnxruntime_rate.batch256",
            "onnxruntime_rate.batch1",
            "answers_over_logits",
        )
    }
    figures = {figure.figure: figure for figure in small_bench.figures}  # type: ignore[attr-defined]
    assert promised <= set(figures)
    assert all(figure.min <= figure.value <= figure.max for figure in figures.values())
    assert all(value.min > 0 for name, value in figures.items() if not name.startswith("other"))
    fraction, rate = (figures[f"training_{k}.quick.independent"] for k in ("peak_fraction", "gflop_rate"))
    assert fraction.value == pytest.approx(rate.value / figures["matmul_f32"].value)
    assert 0 < figures["data_share.quick.independent"].value < 1


def test_the_table_fits_a_terminal(small_bench: Bench) -> None:
    text = bench_table(small_bench.figures, F32, largest_batch=16)  # type: ignore[attr-defined]
    # `original` is the longest name of a recipe that the bench has.
    assert max(map(len, text.replace("quick.", "original.").splitlines())) <= 80
    assert "1.25 GB" in text
    assert "at most 16" in text
    assert len(re.findall(r"^quick\.independent ", text, flags=re.M)) == 4


def test_no_round_is_begun_that_would_not_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.time, "monotonic", Ticks())
    told: list[str] = []
    Bench(F32, Effort(100, 10, 16, 0.1, 1), told.append)._rounds([], Path())
    assert told[-1] == "no time for another round"


def test_calls_of_both_engines_are_counted_in_turn(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    turns: list[int] = []

    def eager(count: int) -> list[float]:
        turns.append(count)
        return [1.0] * count

    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    exported = onnx_runtime(architecture, tiny_data, tiny_recipe, F32)
    latency = InferenceBench(architecture, tiny_data, tiny_recipe, F32, 7, exported).measure(25, eager)
    assert turns == [10, 10, 5]
    assert len(latency.ours) == len(latency.eager) == len(latency.onnx) == 25
    assert exported(tiny_data.images[:7])["path"].shape == (7, 2)


def test_answers_are_timed_beside_the_logits_that_they_are_of(
    tiny_data: Dataset, tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    bench = AnswersBench(architecture, tiny_data, tiny_recipe)
    turns: list[str] = []

    def seconds(work: Callable[[], None]) -> float:
        turns.append(work.__name__)
        return {"_answers": 3.0, "_logits": 2.0}[work.__name__]

    monkeypatch.setattr(answers, "_seconds", seconds)
    assert bench.ratio(3) == 1.5
    assert turns == ["_answers", "_logits"] * 3


def test_a_measurement_that_dies_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def result(self) -> float:
            raise BrokenProcessPool

    monkeypatch.setattr(peak.ProcessPoolExecutor, "submit", lambda *_: Broken())
    with pytest.raises(TaskgraftError, match="Expected the process that measures peak memory to be alive"):
        peak.peak_memory_gigabytes("cpu", 1)


def test_a_comparison_that_dies_is_one_clear_line(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    with Baseline("cpu", 1) as baseline:
        assert len(baseline.eager_seconds(architecture, tiny_recipe, 2, 3)) == 3
        baseline._process.kill()
        with pytest.raises(TaskgraftError, match="Expected the process that runs the comparison to be alive"):
            baseline.eager_seconds(architecture, tiny_recipe, 2, 3)


@pytest.mark.parametrize("seconds", [0.004, 0.41, 0.71, 1.31])
@pytest.mark.parametrize("epoch_seconds", [0.3, 50.0, 126.0, 400.0])
def test_saves_are_counted_as_the_default_rule_makes_them(
    seconds: float, epoch_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, saves, per_epoch = 0.0, 0, 25
    monkeypatch.setattr("taskgraft.training._checkpoint.time.perf_counter", lambda: now)

    def write(path: Path, content: bytes) -> None:
        nonlocal now, saves
        now, saves = now + seconds, saves + 1

    kept = Checkpoints(Path(), "this", write)
    # As the loop asks it: after each step, and again where an epoch has ended; the last one is a short one.
    for step in range(1, 7 * per_epoch + 9):
        now += epoch_seconds / per_epoch
        has_ended = step % per_epoch == 0 or step == 7 * per_epoch + 8
        if kept.is_due(epoch_ended=False) or kept.is_due(epoch_ended=has_ended):
            kept.save(Snapshot({}, {"step": step, "history": []}))
    assert num_saves(seconds, epoch_seconds / per_epoch, 7 * per_epoch + 8, per_epoch) == saves > 0


def test_the_share_of_saving_is_of_the_whole_run(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    # Two epochs of five steps of 10 s: each epoch is saved.
    assert checkpoint_share(0.25, 10.0, tiny_recipe, tiny_data) == pytest.approx(2 * 0.25 / 100)


def test_a_save_is_timed_with_its_momenta_on_the_disk(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[set[str]] = []
    synced: list[int] = []
    monkeypatch.setattr("taskgraft.file_writing.os.fsync", synced.append)
    save = Checkpoints.save

    def watched(kept: Checkpoints, snapshot: Snapshot) -> None:
        saved.append(set(snapshot.tensors))
        save(kept, snapshot)

    monkeypatch.setattr(Checkpoints, "save", watched)
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    assert save_seconds(architecture, tiny_data, tiny_recipe, F32, tmp_path) > 0
    weights = {name for name in saved[-1] if name.startswith("network.")}
    momenta = {name for name in saved[-1] if name.startswith("optimizer.")}
    assert weights
    assert momenta
    assert len(synced) >= len(saved) == 2
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_written_to_is_one_line_before_anything_is_measured(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    with pytest.raises(TaskgraftError, match="nowhere to be writable, but got 'No such file or directory'"):
        Bench(F32, Effort(1, 1, 16, 0.1, 1), told.append, tmp_path / "nowhere").run()
    assert told == []
