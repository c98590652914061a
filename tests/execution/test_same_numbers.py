"""Runs of two versions of our numerics, or of two kinds of CPU instructions, never stand in one study."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from planned import planned
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.events import silent
from taskgraft.execution import _request as request_module
from taskgraft.execution import _run_spec as run_spec_module
from taskgraft.execution import compare
from taskgraft.execution._plan import Plan
from taskgraft.execution._run_checkpoints import _fingerprint
from taskgraft.hardware import _device as device_module
from taskgraft.hardware import choose_hardware, cpu_capability
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Recipe
from taskgraft.study import Study, differences

Change = Callable[[pytest.MonkeyPatch], None]


def other_numerics(patch: pytest.MonkeyPatch) -> None:
    for module in (request_module, run_spec_module):
        patch.setattr(module, "NUMERICS", NUMERICS + 1)


def other_instructions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(device_module, "cpu_capability", lambda: "ABACUS")


CHANGES = pytest.mark.parametrize("change", [other_numerics, other_instructions])


@pytest.fixture
def plan(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Callable[[str], Plan]:
    """Plans one run as this process would compute it now, in a directory of a name."""
    return lambda name: planned(
        tiny_data, "shared", tiny_recipe, 1, out=tmp_path / name, device="cpu", num_threads=1
    )


@pytest.fixture
def go_on(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Callable[[int], Study]:
    """Begins or goes on with a study of so many seeds."""
    return lambda seeds: compare(
        tiny_data,
        "shared",
        tiny_recipe,
        seeds,
        out=tmp_path / "study",
        device="cpu",
        num_threads=1,
        listener=silent,
    )


@CHANGES
def test_they_decide_which_run_it_is(
    change: Change, plan: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plan("a")
    change(monkeypatch)
    after = plan("b")
    assert before.request.identities() != after.request.identities()
    specs = [each.runs[0].spec for each in (before, after)]
    assert len({_fingerprint(spec, before.hardware) for spec in specs}) == 2
    assert len(differences(before.request, after.request)) == 1


@CHANGES
@pytest.mark.parametrize("seeds", [1, 2])
def test_a_study_goes_on_with_neither(
    change: Change, seeds: int, go_on: Callable[[int], Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = go_on(1).directory
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    change(monkeypatch)
    with pytest.raises(RequestError, match="Use another out, or") as caught:
        go_on(seeds)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert [run.seed for run in Study.open(out).runs] == [0]


def test_other_numerics_are_named_with_the_version_that_began_the_study(
    go_on: Callable[[int], Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(1)
    other_numerics(monkeypatch)
    line = (
        rf"to be begun at numerics {NUMERICS + 1}, which this taskgraft computes, "
        rf"but got numerics {NUMERICS}\. "
        r"Use another out, or the taskgraft \d+\.\d+\.\d+ that began it on \d{4}-\d\d-\d\d\. "
    )
    with pytest.raises(RequestError, match=line):
        go_on(1)


def test_other_instructions_are_named_with_the_variable_that_chooses_them(
    go_on: Callable[[int], Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(1)
    other_instructions(monkeypatch)
    here = cpu_capability()
    line = (
        f"to be computed with ABACUS, as this process would, but got {here}. Use another out, or a machine "
        f"that has {here}, with ATEN_CPU_CAPABILITY={here.lower()} if it has more."
    )
    with pytest.raises(RequestError) as caught:
        go_on(1)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            other_numerics,
            rf"at numerics {NUMERICS}, those of the study, but got numerics {NUMERICS + 1}\. Ins",
        ),
        (other_instructions, r"those of the study, but got ABACUS\. Set ATEN_CPU_CAPABILITY="),
    ],
)
def test_a_run_is_not_done_where_its_numbers_would_be_others(
    change: Change, words: str, plan: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = pickle.loads(pickle.dumps(plan("a").runs[0].spec))
    assert spec.open_hardware() == spec.hardware
    change(monkeypatch)
    with pytest.raises(StudyError, match=words):
        spec.open_hardware()


def test_an_accelerator_leaves_the_instructions_of_the_cpu_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_hardware("cpu", 1).cpu_capability == cpu_capability()
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert choose_hardware("mps", 1).cpu_capability is None
