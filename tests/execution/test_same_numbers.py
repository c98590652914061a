"""Runs of two versions of our numerics, or of two kinds of CPU instructions, never stand in one study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import _request as request_module
from taskgraft.execution import compare
from taskgraft.execution._observer import SilentStudy
from taskgraft.execution._request import build_request
from taskgraft.execution._run import _fingerprint
from taskgraft.hardware import Hardware, cpu_capability
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Recipe
from taskgraft.study import Request, Study, differences

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)

Change = Callable[[pytest.MonkeyPatch], None]


def other_numerics(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(request_module, "NUMERICS", NUMERICS + 1)


def other_instructions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(request_module, "cpu_capability", lambda: "ABACUS")


CHANGES = pytest.mark.parametrize("change", [other_numerics, other_instructions])


@pytest.fixture
def request_here(tiny_data: Dataset, tiny_recipe: Recipe) -> Callable[[Hardware], Request]:
    """The request of one architecture and seed, as this process computes it now."""
    architectures = (catalogue(tiny_data.taxonomy.level_names)["shared"],)
    return lambda hardware: build_request(tiny_data, architectures, tiny_recipe, (0,), hardware)


def run(data: Dataset, recipe: Recipe, out: Path, seeds: int = 1) -> Study:
    return compare(data, "shared", recipe, seeds, out=out, num_threads=1, observer=SilentStudy())


@CHANGES
def test_they_decide_which_run_it_is(
    change: Change, request_here: Callable[[Hardware], Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = request_here(HARDWARE)
    change(monkeypatch)
    after = request_here(HARDWARE)
    identities = [each.identity("shared") for each in (before, after)]
    assert identities[0] != identities[1]
    assert len({_fingerprint(identity, 0, HARDWARE, None) for identity in identities}) == 2
    assert len(differences(before, after)) == 1


@CHANGES
@pytest.mark.parametrize("seeds", [1, 2])
def test_a_study_goes_on_with_neither(
    change: Change,
    seeds: int,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "study"
    run(tiny_data, tiny_recipe, out)
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    change(monkeypatch)
    with pytest.raises(RequestError, match="Use another out, or") as caught:
        run(tiny_data, tiny_recipe, out, seeds)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert [each.seed for each in Study.open(out).runs] == [0]


def test_other_numerics_are_named_with_the_version_that_began_the_study(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tiny_data, tiny_recipe, tmp_path)
    other_numerics(monkeypatch)
    line = (
        rf"to be begun at numerics {NUMERICS + 1}, which this taskgraft computes, "
        rf"but got numerics {NUMERICS}\. "
        r"Use another out, or the taskgraft \d+\.\d+\.\d+ that began it on \d{4}-\d\d-\d\d\. "
    )
    with pytest.raises(RequestError, match=line):
        run(tiny_data, tiny_recipe, tmp_path)


def test_other_instructions_are_named_with_the_variable_that_chooses_them(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tiny_data, tiny_recipe, tmp_path)
    other_instructions(monkeypatch)
    here = cpu_capability()
    line = (
        f"to be computed with ABACUS, as this process would, but got {here}. Use another out, or a machine "
        f"that has {here}, with ATEN_CPU_CAPABILITY={here.lower()} if it has more."
    )
    with pytest.raises(RequestError) as caught:
        run(tiny_data, tiny_recipe, tmp_path)
    assert line in str(caught.value)


def test_an_accelerator_leaves_the_instructions_of_the_cpu_out(
    request_here: Callable[[Hardware], Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    accelerator = replace(HARDWARE, device="mps")
    before = request_here(accelerator)
    other_instructions(monkeypatch)
    assert before.cpu_capability is None
    assert request_here(accelerator) == before
