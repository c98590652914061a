"""A study grows by recipes: what it has keeps its name, and a refusal says what would make it grow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from planned import planned
from taskgraft.cli.plan_text import plan_lines
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError, TaskgraftError
from taskgraft.events import silent
from taskgraft.execution import Plan, StudyNote, run_plan, study_events
from taskgraft.recipe import Recipe, changed
from taskgraft.request import CompareOptions
from taskgraft.study import STUDY, Study
from taskgraft.verdict import conclude

PAIR = "independent,shared"


class Asking:
    """Plans and runs studies on data and a recipe of the tests, into one directory."""

    def __init__(self, data: Dataset, recipe: Recipe, out: Path) -> None:
        self.data, self.recipe, self.out = data, recipe, out

    def plan(self, names: str = PAIR, seeds: Any = 1, *, batch: int = 16, **options: Any) -> Plan:
        recipe = changed(self.recipe, {"epochs": 0.2, "batch_size": batch})
        return planned(self.data, names, recipe, seeds, out=self.out, num_threads=1, **options)

    def run(self, *names: Any, **options: Any) -> Study:
        return run_plan(self.plan(*names, **options), silent)

    def refused(self, *names: Any, **options: Any) -> TaskgraftError:
        with pytest.raises((RequestError, StudyError)) as error:
            self.plan(*names, **options)
        return error.value


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """`independent` and `shared` with batches of 16, from seeds 0 and 1."""
    tiny = request.getfixturevalue("tiny_data"), request.getfixturevalue("tiny_recipe")
    out = tmp_path_factory.mktemp("pair") / "study"
    Asking(*tiny, out).run(PAIR, 2)
    return out


@pytest.fixture
def asking(finished: Path, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Asking:
    return Asking(tiny_data, tiny_recipe, Path(shutil.copytree(finished, tmp_path / "study")))


def todo(plan: Plan) -> list[str]:
    return [f"{run.spec.variant.name}-seed{run.spec.seed}" for run in plan.todo]


def following(error: TaskgraftError) -> dict[str, Any]:
    """The options that an error names, as Python takes them."""
    said = str(error)
    options: dict[str, Any] = {}
    if seeds := re.search(r"seeds=(\d+)", said):
        options["seeds"] = int(seeds[1])
    elif listed := re.search(r"seeds ([\d,]+)", said):
        options["seeds"] = [int(seed) for seed in listed[1].split(",") if seed]
    if names := re.search(r"architectures='([^']+)'", said):
        options["names"] = names[1]
    if vary := re.findall(r"vary (\S+=[^\s.]+)", said):
        options["vary"] = vary
    return options


def test_a_study_grows_by_varying_what_its_recipe_has_one_value_of(asking: Asking) -> None:
    plan = asking.plan(seeds=2, vary={"batch_size": [16, 8]})
    assert plan.request.names == (*PAIR.split(","), "independent+batch_size=8", "shared+batch_size=8")
    assert todo(plan) == [
        f"{name}+batch_size=8-seed{seed}" for seed in (0, 1) for name in ("independent", "shared")
    ]
    before = Study.open(asking.out).runs
    notes = [event.text for event in study_events(plan) if isinstance(event, StudyNote)]
    assert any("The study grows" in note for note in notes)
    renamed = (
        "Already in the study, under the name that they keep: independent+batch_size=16 as independent, "
        "shared+batch_size=16 as shared."
    )
    assert renamed in notes
    assert renamed in " ".join(" ".join(plan_lines(plan, ())).split())
    study = Study.open(asking.out)
    assert (study.missing, study.damaged) == ((), ())
    assert [run for run in study.runs if run in before] == list(before)
    verdict = conclude(study)
    assert verdict.control == "independent"
    assert [(f.name, f.levels) for f in verdict.factors] == [
        ("sharing", ("separate", "shared")),
        ("batch_size", ("batch_size=16", "batch_size=8")),
    ]
    again = asking.plan(seeds=2, vary={"batch_size": [16, 8]})
    assert (again.todo, again.renamed != "") == ((), True)


def test_the_order_of_values_and_another_base_make_no_other_study(asking: Asking) -> None:
    asking.run(seeds=2, vary={"batch_size": [16, 8]})
    for plan in (
        asking.plan(seeds=2, vary={"batch_size": [8, 16]}),
        asking.plan(seeds=2, batch=8, vary={"batch_size": [8, 16]}),
    ):
        assert set(plan.request.names) >= {"independent", "shared"}
        assert plan.todo == ()


def test_a_study_with_one_varied_value_goes_on_as_a_plain_one(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    asking = Asking(tiny_data, tiny_recipe, tmp_path / "study")
    asking.run("shared", vary={"batch_size": [16]})
    plan = asking.plan("shared", 2)
    assert plan.request.names == ("shared+batch_size=16",)
    assert todo(plan) == ["shared+batch_size=16-seed1"]


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "other values alone": (
        {"seeds": 2, "vary": {"batch_size": [8]}},
        ["independent+batch_size=8", "shared+batch_size=8"],
    ),
    "another value of the recipe": ({"seeds": 2, "batch": 8}, ["independent", "shared"]),
    "other values and fewer architectures": (
        {"names": "shared", "seeds": 2, "vary": {"batch_size": [8, 4]}},
        ["shared+batch_size=8", "shared+batch_size=4"],
    ),
    "another seed and another architecture": ({"names": "fine-to-coarse", "seeds": [5]}, ["fine-to-coarse"]),
    "fewer seeds": ({"seeds": 1}, []),
    "fewer architectures": ({"names": "shared", "seeds": 2}, []),
    "fewer of both": ({"names": "independent", "seeds": [1]}, []),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_refusal_says_makes_the_study_grow_and_does_nothing_again(asking: Asking, case: str) -> None:
    options, more = REFUSED[case]
    error = asking.refused(**options)
    advice = following(error)
    assert advice
    plan = asking.plan(**{**options, **advice})
    finished = {f"{name}-seed{seed}" for name in PAIR.split(",") for seed in (0, 1)}
    assert finished.isdisjoint(todo(plan))
    assert plan.record is not None
    assert set(plan.record.request.runs) <= set(plan.request.runs)
    recipes = {v.recipe.batch_size for v in plan.request.variants}
    assert {options.get("batch", 16)} <= recipes
    assert len(more) == 0 or todo(plan)


def test_the_refusals_are_one_line_with_the_options(asking: Asking) -> None:
    assert str(asking.refused(seeds=2, vary={"batch_size": [8, 4]})) == (
        f"Expected {asking.out} to be a study of the same request, but got 'variants: independent, shared "
        "before, independent+batch_size=8, shared+batch_size=8, independent+batch_size=4, "
        "shared+batch_size=4 now'. Use another out, or, to have all in one study, vary batch_size=16,8,4."
    )
    assert str(asking.refused(seeds=[0])) == (
        f"Expected the request to be of all that the study in {asking.out} is of, but got 'less (seeds: "
        "[0, 1] before, [0] now)'. Ask for all of it with seeds=2, and nothing finished is done again, or "
        "use another out."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer.kind": "adam", "optimizer.learning_rate": 0.01},
        {"epochs": 0.4, "batch_size": 8, "finest_weight": 2, "optimizer.learning_rate": 0.3},
    ],
)
def test_recipes_of_another_kind_are_no_values_to_vary(asking: Asking, changes: dict[str, Any]) -> None:
    asking.recipe = changed(asking.recipe, changes)
    with pytest.raises(RequestError) as error:
        planned(asking.data, PAIR, asking.recipe, 2, out=asking.out, num_threads=1)
    assert str(error.value).endswith("Use another out.")


def test_other_data_is_no_study_to_grow(asking: Asking, tiny_data: Dataset) -> None:
    fewer = {**tiny_data.indices, "train": tiny_data.indices["train"][:-4]}
    asking.data = Dataset(tiny_data.images, tiny_data.labels, tiny_data.taxonomy, fewer, tiny_data.provenance)
    assert str(asking.refused(seeds=2)).endswith("Use another out.")


def tear(study: Path) -> None:
    path = study / STUDY
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("spoil", [tear, lambda study: (study / STUDY).unlink()])
@pytest.mark.parametrize("seeds", [1, [1], [3]])
def test_without_its_record_a_study_is_continued_with_the_seeds_that_it_has(
    asking: Asking, spoil: Any, seeds: int | Sequence[int]
) -> None:
    spoil(asking.out)
    error = asking.refused(seeds=seeds)
    assert isinstance(error, StudyError)
    assert "use another" not in str(error)
    plan = asking.plan(**following(error))
    assert set(plan.request.seeds) >= {0, 1}
    finished = {f"{name}-seed{seed}" for name in PAIR.split(",") for seed in (0, 1)}
    assert finished.isdisjoint(todo(plan))
    run_plan(plan, silent)
    assert Study.open(asking.out).damaged == ()


def test_without_its_record_the_runs_that_a_request_does_not_have_are_named(asking: Asking) -> None:
    tear(asking.out)
    assert str(asking.refused("shared", 2)).endswith(
        "It is written again for a request of all that is finished: this one has no independent-seed0, "
        "independent-seed1. Ask for all that the study was of, or use another out."
    )
    assert asking.plan(seeds=2).todo == ()


def test_without_its_record_and_any_run_nothing_says_what_it_was(asking: Asking) -> None:
    tear(asking.out)
    shutil.rmtree(asking.out / "runs")
    error = str(asking.refused(seeds=2))
    assert error.endswith("No finished run says what the study is: remove the directory, or use another out.")
    shutil.rmtree(asking.out)
    assert len(asking.plan(seeds=2).todo) == 4


def test_options_that_texts_name_are_read_as_they_stand() -> None:
    assert CompareOptions.of({"data": "shapes", "vary": ["batch_size=16,8"]}).vary == {
        "batch_size": ["16", "8"]
    }
