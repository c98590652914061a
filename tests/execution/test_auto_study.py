"""A study that leaves its recipe to the rule: its record keeps what was chosen, and it grows by the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from taskgraft.cli.plan_text import plan_lines
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import Forecast, Plan, compare, plan_study, run_plan
from taskgraft.execution import _auto as auto
from taskgraft.execution import _planning as planning
from taskgraft.recipe import AutoRecipe, Facts, changed, recipe
from taskgraft.request import CompareOptions
from taskgraft.study import STUDY, Study, StudyRecord, read_record

TINY = {"batch_size": 64, "epochs": 0.2, "network.trunk.stage_widths": [8, 8, 8]}


def tiny_rule(facts: Facts, settings: dict[str, Any], names: object = None) -> AutoRecipe:
    """A rule whose runs take a moment."""
    made = changed(recipe("quick"), {**TINY, **settings})
    return AutoRecipe(made, (f"auto: tiny, for {facts.num_train} train images.",))


def later_rule(facts: Facts, settings: dict[str, Any], names: object = None) -> AutoRecipe:
    """What the rule may be in a later version."""
    made = changed(recipe("quick"), {**TINY, "batch_size": 32, "label_smoothing": 0, **settings})
    return AutoRecipe(made, ("auto: another one.",))


@pytest.fixture(autouse=True)
def tiny_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "auto_recipe", tiny_rule)


def plan_of(data: Dataset, out: Path, **options: Any) -> Plan:
    given = {"architectures": "independent,shared", "out": out, "num_threads": 1, "jobs": 1, **options}
    return plan_study(CompareOptions.of(given), data)


def test_a_study_goes_on_and_grows_whatever_the_rule_says_by_then(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    first = plan_of(tiny_data, out)
    run_plan(first, silent)
    record = read_record(out / STUDY, StudyRecord)
    assert [each.given for each in record.auto] == [{}]
    assert record.request.variants[0].recipe.batch_size == 64
    assert record.request.variants[0].derived[0].startswith("auto: tiny, for ")

    monkeypatch.setattr(auto, "auto_recipe", later_rule)
    again = plan_of(tiny_data, out)
    assert again.request == first.request
    assert again.derived == first.derived
    assert not again.todo
    larger = plan_of(tiny_data, out, seeds=2, vary={"label_smoothing": [0.1, 0.2]})
    done = [run.spec.label for run in larger.runs if run.is_finished]
    assert done == ["independent seed 0", "shared seed 0"]
    recipes = {variant.name: variant.recipe for variant in larger.request.variants}
    # What is new differs from what there is in nothing but what varies.
    assert recipes["shared+label_smoothing=0.2"] == changed(recipes["shared"], {"label_smoothing": 0.2})
    run_plan(larger, silent)
    assert len(Study.open(out).runs) == 8
    given = [each.given for each in read_record(out / STUDY, StudyRecord).auto]
    assert given == [{}, {"label_smoothing": "0.1"}, {"label_smoothing": "0.2"}]
    assert plan_of(tiny_data, out, seeds=2, vary={"label_smoothing": [0.1, 0.2]}).todo == ()


def test_what_is_set_beside_it_is_another_choice(tiny_data: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "study"
    run_plan(plan_of(tiny_data, out, batch=32), silent)
    typed = plan_of(tiny_data, out, vary={"batch_size": [32, 16]})
    assert [run.is_finished for run in typed.runs] == [True, True, False, False]
    with pytest.raises(RequestError, match="batch_size"):
        plan_of(tiny_data, out)


def test_named_variants_take_it_too(tiny_data: Dataset, tmp_path: Path) -> None:
    variants = {
        "small": {"architecture": "shared", "set": {"batch_size": 32}},
        "quick": {"architecture": "shared", "recipe": "quick", "set": {"epochs": 1}},
    }
    plan = plan_of(tiny_data, tmp_path, architectures=None, variants=variants)
    batches = {each.name: each.recipe.batch_size for each in plan.request.variants}
    assert batches == {"small": 32, "quick": 128}
    named = {"mine": {"architecture": "shared", "recipe": "auto"}}
    mine = plan_of(tiny_data, tmp_path, architectures=None, recipe="quick", variants=named)
    assert mine.request.variants[0].recipe.batch_size == 64


def test_a_wrong_key_is_refused_before_there_is_data(tmp_path: Path) -> None:
    given = {"data": str(tmp_path / "nothing"), "set": {"optimizer.momentu": 0.5}}
    with pytest.raises(RequestError, match=r"Did you mean optimizer.momentum\?"):
        plan_study(CompareOptions.of(given))
    with pytest.raises(RequestError, match="nothing"):
        plan_study(CompareOptions.of({**given, "set": {"optimizer.rest.momentum": 0.5}}))


def test_photographs_for_a_pretrained_trunk_are_larger_unless_somebody_says_so(tmp_path: Path) -> None:
    sizes = []

    def load(**arguments: Any) -> Dataset:
        sizes.append(arguments.get("size"))
        raise RequestError("enough")

    trunk = {"trunk": "timm/test_resnet", "trunk_weights": "w.safetensors"}
    for given in (
        trunk,
        {**trunk, "size": 64},
        {"trunk": "timm/test_resnet"},
        {**trunk, "recipe": "finetune"},
    ):
        with patch.object(planning, "load", load), pytest.raises(RequestError, match="enough"):
            plan_study(CompareOptions.of({"data": str(tmp_path), **given}))
    assert sizes == [128, 64, None, None]


def test_minutes_are_measured_once_and_kept(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"

    class Slow(Forecast):
        def seconds(self, run: Any) -> float:
            return 10.0

    monkeypatch.setattr(planning, "Forecast", Slow)
    plan = plan_of(tiny_data, out, minutes=0.8, epochs=None)
    assert plan.request.seeds == (0, 1, 2)
    assert {variant.recipe.epochs for variant in plan.request.variants} == {0.14}
    assert plan.derived[0] == "0.8 minutes: 3 seeds, each run 72 % as long as otherwise."
    assert "epochs=0.14, not 0.2: follows from 0.8 minutes." in plan.derived
    assert any(plan.derived[0] in line for line in plan_lines(plan, []))
    run_plan(plan, silent)

    monkeypatch.setattr(planning, "Forecast", None)
    assert plan_of(tiny_data, out, minutes=0.8).request == plan.request
    assert plan_of(tiny_data, out, seeds=4).request.variants == plan.request.variants
    with pytest.raises(RequestError, match=r"minutes to be as the study in .* began, with 0.8, but got 5\."):
        plan_of(tiny_data, out, minutes=5)


def test_epochs_that_were_set_are_not_cut(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning.Forecast, "seconds", lambda self, run: 10.0)
    plan = plan_of(tiny_data, tmp_path / "study", minutes=0.8, epochs=0.2, recipe="quick")
    assert (plan.request.seeds, plan.request.variants[0].recipe.epochs) == ((0, 1), 0.2)
    with pytest.raises(RequestError, match="minutes to be at least 2, which runs from 3 seeds take"):
        plan_of(tiny_data, tmp_path / "study", minutes=0.8, epochs=0.2, recipe="quick", seeds=3)


def test_a_study_made_otherwise_has_no_minutes(tiny_data: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "study"
    compare(tiny_data, "shared", out=out, listener=silent)
    with pytest.raises(RequestError, match="began, with no bound, but got 5"):
        plan_of(tiny_data, out, minutes=5)


def test_from_python_it_says_what_it_chose(
    tiny_data: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare(tiny_data, "shared", out=tmp_path / "study")
    assert "Recipe: auto: tiny, for" in capsys.readouterr().err
    compare(tiny_data, "shared", out=tmp_path / "study")
    assert "auto: tiny" not in capsys.readouterr().err
