"""A study of variants that differ in their recipes: planned, run, grown, and told apart in its table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from listening import Listening
from planned import planned
from taskgraft.architecture import Architecture, Flow
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import FittedRecipe, compare
from taskgraft.execution._variants import Selection, variants_of
from taskgraft.recipe import Recipe, changed, quick, varied
from taskgraft.report import write_report
from taskgraft.study import Study
from taskgraft.verdict import conclude


def fitted(recipes: dict[str, Recipe]) -> dict[str, FittedRecipe]:
    return {ending: FittedRecipe(recipe) for ending, recipe in recipes.items()}


class Counting(Listening):
    def __init__(self) -> None:
        self.done: list[str] = []
        self.notes: list[str] = []

    def on_run_end(self, record) -> None:  # type: ignore[no-untyped-def]
        self.done.append(record.name)

    def on_note(self, text: str) -> None:
        self.notes.append(text)


def columns(study: Study) -> tuple[list[str], list[dict[str, str]]]:
    with (study.directory / "results.csv").open() as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def test_the_six_keep_their_names(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    plan = planned(tiny_data, "all", tiny_recipe, 1, out=tmp_path)
    for variant in plan.request.variants:
        assert variant.name == variant.architecture.name
        assert variant.recipe == tiny_recipe


def test_a_study_grows_by_variants_and_its_table_with_it(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    short = changed(tiny_recipe, {"epochs": 0.2})
    first = compare(tiny_data, "shared", short, 1, vary={"batch_size": [16]}, out=tmp_path)
    names, _ = columns(first)
    assert names[:4] == ["variant", "architecture", "seed", "epochs"]
    listener = Counting()
    vary = {"batch_size": [16, 8]}
    grown = compare(tiny_data, "shared,independent", short, 1, vary=vary, out=tmp_path, listener=listener)
    assert sorted(listener.done) == [
        "independent+batch_size=16-seed0",
        "independent+batch_size=8-seed0",
        "shared+batch_size=8-seed0",
    ]
    assert [note for note in listener.notes if "grows" not in note] == []
    assert (grown.missing, grown.damaged, Study.open(tmp_path).damaged) == ((), (), ())
    names, rows = columns(grown)
    assert names[:5] == ["variant", "architecture", "seed", "recipe.batch_size", "epochs"]
    assert [(row["variant"], row["architecture"], row["recipe.batch_size"]) for row in rows] == [
        ("shared+batch_size=16", "shared", "16"),
        ("independent+batch_size=16", "independent", "16"),
        ("shared+batch_size=8", "shared", "8"),
        ("independent+batch_size=8", "independent", "8"),
    ]
    assert list(tmp_path.glob("results.csv.bak*")) == []
    assert {run.steps for run in grown.runs} == {2, 4}
    again = Counting()
    compare(tiny_data, "shared,independent", short, 1, vary=vary, out=tmp_path, listener=again)
    assert (again.done, again.notes) == ([], [])


def test_a_study_of_varied_recipes_is_concluded_and_reported(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    short = changed(tiny_recipe, {"epochs": 0.2})
    vary = {"optimizer.learning_rate": [0.1, 0.2], "finest_weight": [1, 3]}
    study = compare(tiny_data, "shared-coarse-to-fine", short, 2, vary=vary, out=tmp_path)
    verdict = conclude(study)
    assert [standing.variant for standing in verdict.standings] == [
        f"shared-coarse-to-fine+learning_rate={rate}+finest_weight={weight}"
        for rate in (0.1, 0.2)
        for weight in (1, 3)
    ]
    page = write_report(study, verdict).read_text()
    assert "shared-coarse-to-fine+learning_rate=0.2+finest_weight=3" in page


def test_a_variant_alone_has_the_weights_that_it_has_among_others(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    short = changed(tiny_recipe, {"epochs": 0.2})
    varied_study = compare(tiny_data, "shared", short, 1, vary={"batch_size": [16, 32]}, out=tmp_path / "a")
    plain = compare(tiny_data, "shared", changed(short, {"batch_size": 16}), 1, out=tmp_path / "b")
    assert varied_study.runs[0].scores == plain.runs[0].scores
    # What decides the numbers is the same, though the names are not.
    assert varied_study.runs[0].identity == plain.runs[0].identity


def test_variants_that_would_split_the_data_differently_are_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(
        RequestError, match=r"Expected val_fraction to be the same for all variants .* got '0\.1 and 0\.2'"
    ):
        planned(tiny_data, "shared", tiny_recipe, 1, vary={"val_fraction": [0.1, 0.2]}, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_twins_and_forks_follow_the_network_of_their_recipe(tiny_data: Dataset) -> None:
    recipes = varied(quick(), {"network.trunk.stage_widths": [(24, 48), (24, 48, 96)]})
    selection = Selection("independent,shared", match="parameters", forks="all")
    variants = variants_of(selection, tiny_data, fitted(recipes))
    by_ending = {ending: [v for v in variants if v.name.endswith(ending)] for ending in recipes}
    for ending, mine in by_ending.items():
        names = [v.name.removesuffix(ending) for v in mine]
        assert "shared@independent-parameters" in names
        stages = len(recipes[ending].network.trunk.stage_widths)
        assert [name for name in names if name.startswith("forked-") and "@" not in name] == [
            f"forked-{number}" for number in range(1, stages)
        ]
    ratios = {
        v.architecture.width_ratio for v in variants if v.architecture.name == "shared@independent-parameters"
    }
    assert len(ratios) == 2


def test_architectures_of_the_user_s_are_crossed_too(tiny_data: Dataset) -> None:
    mine = Architecture("mine", ("group", "colour"), "shared", (Flow("group", "colour"),))
    variants = variants_of(
        Selection([mine, "shared"]), tiny_data, fitted(varied(quick(), {"batch_size": [8]}))
    )
    assert [(v.name, v.architecture.name) for v in variants] == [
        ("mine+batch_size=8", "mine"),
        ("shared+batch_size=8", "shared"),
    ]


def test_a_changed_value_names_its_key_and_its_variants(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    short = changed(tiny_recipe, {"epochs": 0.2})
    compare(tiny_data, "shared", short, 1, out=tmp_path)
    other = changed(short, {"optimizer.momentum": 0.5})
    with pytest.raises(RequestError, match=r"but got 'recipe\.optimizer\.momentum: 0\.9 before, 0\.5 now'"):
        planned(tiny_data, "shared", other, 1, out=tmp_path)
    with pytest.raises(RequestError, match=r"recipe\.optimizer\.momentum: 0\.9 before, 0\.5 now"):
        planned(tiny_data, "shared,independent", other, 1, out=tmp_path)
