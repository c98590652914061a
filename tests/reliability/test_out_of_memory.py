"""A training for which the memory is not enough says what would fit, or takes it."""

import weakref
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch
from short_of_memory import train_short_of_memory
from small_study import small_data, small_plan, small_recipe, small_study

from forked import Forked
from listening import Listening
from taskgraft.architecture import catalogue
from taskgraft.errors import OutOfMemoryError
from taskgraft.events import silent
from taskgraft.execution import run_plan
from taskgraft.hardware import Hardware, available_bytes, is_out_of_memory
from taskgraft.hardware import _memory as hardware_memory
from taskgraft.history import Epoch
from taskgraft.network import Network
from taskgraft.recipe import recipe
from taskgraft.report import write_report
from taskgraft.training import Job, new_network, train, training_events, within_memory
from taskgraft.training import _memory as memory
from taskgraft.training._memory import kept_bytes_per_image
from taskgraft.verdict import conclude

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
SHARED = catalogue(["group", "colour"])["shared"]
TOO_LARGE = 2048


def trained(out: Path, batch_size: int, megabytes: int, **options: bool) -> Any:
    """What came of a training in a process with so much memory left."""
    return Forked(partial(train_short_of_memory, **options), out, batch_size, megabytes).result()


def test_the_size_that_is_said_to_fit_does(tmp_path: Path) -> None:
    """Refused beforehand: what a step keeps is more than is left."""
    refused = trained(tmp_path / "large", TOO_LARGE, 300)
    (failure,) = refused["failures"]
    assert (failure["kind"], failure["batch_size"]) == ("out of memory", TOO_LARGE)
    assert failure["message"].startswith(
        "Expected the memory for shared to be enough for batches of 2,048 images, but got 0."
    )
    fitting = int(failure["message"].split("Batches of ")[1].split()[0].replace(",", ""))
    assert 64 <= fitting < TOO_LARGE
    fitted = trained(tmp_path / "fitting", fitting, 300)
    assert fitted["failures"] == []
    # Neither the steps that were tried nor the training took more than was left.
    assert max(refused["growth"], fitted["growth"]) < 300_000_000


def test_a_step_that_runs_out_of_memory_is_a_failed_run(tmp_path: Path) -> None:
    """In the middle of a step, where a heap in pieces may leave less than a fresh process has."""
    (failure,) = trained(tmp_path / "study", TOO_LARGE, 620, is_limited=True)["failures"]
    assert (failure["kind"], failure["batch_size"]) == ("out of memory", TOO_LARGE)
    assert " fit (tried): " in failure["message"] or "No smaller batch" in failure["message"]


def test_a_batch_is_halved_until_it_fits_and_the_record_says_so(tmp_path: Path) -> None:
    result = trained(tmp_path / "study", TOO_LARGE, 300, auto_batch=True)
    assert result["failures"] == []
    ((batch_size, steps),) = result["runs"]
    assert batch_size in (1024, 512, 256, 128)
    # 90 per cent of 2,560 images.
    assert steps == 2304 // batch_size
    assert not list((tmp_path / "study").rglob("failure.json"))


class Noting(Listening):
    """Keeps what its runs note."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_note(self, text: str) -> None:
        self.told.append(text)


def lacking(*sizes: int) -> Any:
    """A training that has not the memory for batches of these sizes."""

    def short(job: Job, *rest: Any) -> Any:
        if job.recipe.batch_size in sizes:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 12 bytes.")
        return training_events(job, *rest)

    return patch("taskgraft.execution._run.training_events", short)


def test_halved_batches_are_a_caution_of_the_report(tmp_path: Path) -> None:
    with lacking(16):
        study = run_plan(small_plan(tmp_path / "study", auto_batch=True), silent)
    assert [run.batch_size for run in study.runs] == [8, 8]
    assert [run.steps for run in study.runs] == [6, 6]
    page = write_report(study, conclude(study)).read_text()
    assert "The memory was not enough for batches of 16 images everywhere: independent-seed0 8" in page


def test_a_run_that_was_out_of_memory_goes_on_halved_when_that_is_allowed_later(tmp_path: Path) -> None:
    with lacking(16, 8):
        assert len(small_study(tmp_path / "study").failures) == 2
        assert small_plan(tmp_path / "study").todo == ()
        allowed = small_plan(tmp_path / "study", auto_batch=True)
        assert [run.spec.batch_size for run in allowed.todo] == [8, 8]
        listener = Noting()
        study = run_plan(allowed, listener)
    assert ([run.batch_size for run in study.runs], study.failures) == ([4, 4], ())
    begun, halved = listener.told[:2]
    assert begun == "independent seed 0: was out of memory before; begins with batches of 8."
    assert halved.endswith(
        "out of memory with batches of 8 images; begins again with 4, at the same learning rate."
    )


def test_halving_ends_where_batch_norm_does(tmp_path: Path) -> None:
    with lacking(16, 8, 4, 2):
        study = run_plan(small_plan(tmp_path / "study", auto_batch=True), silent)
    assert [one.batch_size for one in study.failures] == [2, 2]
    assert small_plan(tmp_path / "study", auto_batch=True).todo == ()
    assert len(small_plan(tmp_path / "study", retry_failed=True).todo) == 2


def train_small(*, fails_with: Exception | None = None) -> tuple[Network, list[Epoch]]:
    data, recipe = small_data(), small_recipe()
    with within_memory(Job(SHARED, data, recipe, F32)):
        if fails_with is not None:
            raise fails_with
        return train(SHARED, data, recipe, 0, F32)


def test_what_cannot_fit_is_refused_before_it_is_begun() -> None:
    with (
        patch.object(memory, "available_bytes", return_value=10_000),
        pytest.raises(
            OutOfMemoryError, match=r"batches of 16 images, but got 1e-05 GB where .* No smaller batch"
        ),
    ):
        train_small(fails_with=AssertionError("begun"))


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="multiplied"):
        train_small(fails_with=RuntimeError("shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))


class Held:
    """Something large that a step holds when it fails."""


def test_what_a_failed_step_held_is_free_when_smaller_ones_are_tried() -> None:
    held: list[weakref.ref[Held]] = []

    def fail() -> None:
        tensors = Held()
        held.append(weakref.ref(tensors))
        raise MemoryError

    def is_free(*_: object) -> None:
        assert held[0]() is None

    with (
        patch.object(memory, "_make_one_step", is_free),
        pytest.raises(
            OutOfMemoryError, match=r"Batches of 8 fit \(tried\): add auto_batch=True, or free memory"
        ),
        within_memory(Job(SHARED, small_data(), small_recipe(), F32)),
    ):
        fail()


def test_looking_at_the_memory_changes_no_number() -> None:
    plain, plain_rows = train(SHARED, small_data(), small_recipe(), 0, F32)
    looked, looked_rows = train_small()
    assert [row.train_losses for row in plain_rows] == [row.train_losses for row in looked_rows]
    for one, other in zip(plain.state_dict().values(), looked.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_what_a_step_keeps_is_counted_once_and_whole() -> None:
    """Against the sizes of the maps: every convolution needs its input for the backward pass."""
    chosen = recipe("original")
    network = new_network(Job(SHARED, small_data(), chosen, F32))
    inputs: list[int] = []
    handles = [
        module.register_forward_hook(lambda _, given, out: inputs.append(given[0].numel() * 4))
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    network.train()(torch.rand(2, 3, 16, 16) * 255)
    for handle in handles:
        handle.remove()
    least = sum(inputs) // 2
    assert least < kept_bytes_per_image(Job(SHARED, small_data(), chosen, F32)) < 4 * least


def test_what_the_system_has_left_is_known() -> None:
    assert (available_bytes("cpu") or 0) > 1e8


def test_what_a_control_group_has_left_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware_memory, "_GROUP", tmp_path)
    plenty = available_bytes("cpu")
    assert plenty is not None
    (tmp_path / "memory.current").write_text("70000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 20000000\n")
    (tmp_path / "memory.max").write_text("100000000\n")
    assert available_bytes("cpu") == 50_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert (available_bytes("cpu") or 0) > 50_000_000
