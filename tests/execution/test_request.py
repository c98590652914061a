"""Whatever a request leads to write can be read again; all else is refused before anything is written."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from planned import planned
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.execution import compare, describe_environment
from taskgraft.execution._request import build_request
from taskgraft.hardware import Hardware
from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe import Recipe, Variant, changed
from taskgraft.request import LARGEST_SEED, resolve_seeds
from taskgraft.study import (
    Request,
    StudyRecord,
    read_record,
    write_record,
)
from taskgraft.study import _checked as checked
from taskgraft.study import _records as records

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)
TEXT = some.text(max_size=20) | some.just("half a pair: \ud800")
NAME = some.from_regex("[a-z][a-z.@_-]{0,170}", fullmatch=True) | some.text(max_size=12)
LEVELS = ("group", "colour")


def test_more_runs_than_a_study_may_have_are_refused_before_any_is_looked_at(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=r"runs to be at most 100,000, but got '140,000 \(7 variants"):
        planned(tiny_data, "all", tiny_recipe, 20_000, out=tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_a_recipe_that_no_record_can_hold_is_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    unnamed = tiny_recipe.model_copy(update={"name": "\ud800"})
    with pytest.raises(RequestError, match="no Unicode"):
        build_request(tiny_data, (Variant("a", Architecture("a", LEVELS), unnamed),), (0,), HARDWARE)


def test_the_most_epochs_of_a_recipe_can_be_planned(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    longest = changed(tiny_recipe, {"epochs": MOST_EPOCHS})
    assert planned(tiny_data, "shared", longest, 1, out=tmp_path / "study").todo
    with pytest.raises(RequestError, match="Expected epochs to be a number above 0 and at most 100,000, but"):
        changed(tiny_recipe, {"epochs": MOST_EPOCHS + 1})


def test_a_record_that_would_be_too_large_to_be_read_is_not_written(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = _request(tiny_data, tiny_recipe, names=["a"], seeds=(0,))
    record = _record(request)
    monkeypatch.setattr(checked, "_MOST_BYTES", 100)
    with pytest.raises(StudyError, match="more than 100 bytes"):
        write_record(tmp_path / "study.json", record)
    with pytest.raises(RequestError, match="more than 100 bytes"):
        _request(tiny_data, tiny_recipe, names=["a"], seeds=(0,))
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=150, deadline=None)
@given(
    names=some.lists(
        some.text(max_size=12) | some.text("ab-.@", max_size=170), min_size=1, max_size=3, unique=True
    ),
    seeds=some.lists(some.integers(-1, LARGEST_SEED + 1), max_size=3),
    texts=some.tuples(TEXT, TEXT, TEXT, TEXT),
    numbers=some.tuples(some.floats(), some.integers(), some.floats()),
)
def test_whatever_is_written_is_read_again(
    names: list[str],
    seeds: list[int],
    texts: tuple[str, ...],
    numbers: tuple[float, int, float],
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    provenance = replace(
        tiny_data.provenance,
        source=texts[0],
        notes=(texts[1],),
        skipped=((texts[2], texts[3]),),
        options={"a": numbers[0], "b": numbers[1]},
    )
    recipe = tiny_recipe.model_copy(update={"finest_weight": numbers[2]})
    path = tmp_path_factory.mktemp("record") / "study.json"
    try:
        request = _request(replace(tiny_data, provenance=provenance), recipe, names, resolve_seeds(seeds))
    except RequestError:
        return
    write_record(path, _record(request))
    assert read_record(path, StudyRecord).request == request


def test_identities_do_not_take_the_square_of_the_number_of_variants(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    request = _request(tiny_data, tiny_recipe, [f"a{number}" for number in range(2000)], (0,))
    variants = (
        replace(each, architecture=replace(each.architecture, width_ratio=1 + number))
        for number, each in enumerate(request.variants)
    )
    request = request.model_copy(update={"variants": tuple(variants)})
    began = time.perf_counter()
    assert len(set(request.identities().values())) == 2000
    assert time.perf_counter() - began < 10


def test_the_limit_of_writing_is_that_of_reading(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in (records, __import__("taskgraft.execution._request", fromlist=["MOST_RUNS"])):
        monkeypatch.setattr(limit, "MOST_RUNS", 6)
    request = _request(tiny_data, tiny_recipe, ["a", "b"], (0, 1, 2))
    write_record(tmp_path / "study.json", _record(request))
    assert read_record(tmp_path / "study.json", StudyRecord).request == request
    with pytest.raises(RequestError):
        _request(tiny_data, tiny_recipe, ["a", "b"], (0, 1, 2, 3))


def _request(data: Dataset, recipe: Recipe, names: list[str], seeds: tuple[int, ...]) -> Request:
    variants = tuple(Variant(name, Architecture(name, LEVELS), recipe) for name in names)
    return build_request(data, variants, seeds, HARDWARE)


def _record(request: Request) -> StudyRecord:
    return StudyRecord(
        request=request, command=None, created="2026-01-01", environment=describe_environment(HARDWARE)
    )


def test_no_architecture_is_refused(tiny_data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Expected architectures to be one or more, but got 'none'"):
        compare(tiny_data, [], "quick", out=tmp_path / "x")
    assert not (tmp_path / "x").exists()
