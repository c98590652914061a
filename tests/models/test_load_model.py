"""A model by the places that people name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import ModelFileError
from taskgraft.models import load_model
from taskgraft.recipe import Recipe
from taskgraft.report import write_report
from taskgraft.study import Study
from taskgraft.verdict import conclude
from taskgraft.verdict._learning import Learning

# So many points that anything is near enough.
MARGIN = 99.0


@pytest.fixture(scope="module")
def original(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two variants from two seeds, without a report."""
    out = tmp_path_factory.mktemp("load") / "study"
    compare(tiny_data, "independent,shared", tiny_recipe, 2, out=out, listener=silent)
    return out


@pytest.fixture(autouse=True)
def has_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs of a few steps nothing would be recommended: these count as learned."""
    monkeypatch.setattr(Learning, "of", classmethod(lambda cls, evidence: cls()))


@pytest.fixture
def study(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return shutil.copytree(original, tmp_path / "study")


def origin(place: Path | str, **options: Any) -> tuple[str, int | None]:
    found = load_model(place, **options).description.origin
    return found.variant, found.seed


def best_seed(study: Path, variant: str) -> int:
    """Of equals the first."""
    runs = [run for run in Study.open(study).runs if run.variant == variant]
    return max(runs, key=lambda run: (run.val_scores["full_path_accuracy"], -run.seed)).seed


def reported(study: Path, prefer: str | None = None) -> str:
    """What a report recommends with a margin that two seeds can show."""
    verdict = conclude(study, prefer, MARGIN)
    assert verdict.recommendation is not None
    assert verdict.recommendation.variant is not None
    write_report(Study.open(study), verdict)
    return verdict.recommendation.variant


def test_a_file_and_a_run_are_the_same_model(study: Path, tiny_data: Dataset) -> None:
    run = study / "runs/shared-seed1"
    models = [load_model(run), load_model(str(run)), load_model(run / "model.safetensors")]
    assert {model.description.origin.seed for model in models} == {1}
    expected = models[0].logits(tiny_data.images[:5])
    for model in models[1:]:
        for ours, theirs in zip(model.logits(tiny_data.images[:5]), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_of_a_study_variant_and_seed_are_chosen_or_named(study: Path) -> None:
    taken = reported(study)
    assert origin(study) == (taken, best_seed(study, taken))
    for variant in ("independent", "shared"):
        assert origin(study, variant=variant) == (variant, best_seed(study, variant))
        for seed in (0, 1):
            assert origin(study, variant=variant, seed=seed) == (variant, seed)
    assert origin(study, seed=1) == (taken, 1)


def test_a_report_keeps_what_it_recommends_and_nothing_is_concluded_again(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was asked for something else than the default."""
    for prefer in ("group", "latency", None):
        taken = reported(study, prefer)
        with monkeypatch.context() as patch:
            patch.setattr("taskgraft.verdict.conclude", None)
            assert origin(study)[0] == taken


def test_with_a_variant_nothing_is_concluded_and_other_runs_are_not_read(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskgraft.verdict.conclude", None)
    shutil.rmtree(study / "runs/independent-seed0")
    (study / "runs/independent-seed1/result.json").write_text("torn")
    (study / "runs/shared-seed0/result.json").write_text("torn")
    assert origin(study, variant="shared", seed=1) == ("shared", 1)
    assert origin(study, variant="shared") == ("shared", 1)
    # Nothing else is finished, so nothing has to be chosen.
    assert origin(study) == ("shared", 1)


@pytest.mark.parametrize("change", ["a run fewer", "torn", "another variant", "none"])
def test_a_recommendation_of_other_evidence_is_not_believed(
    study: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(study)
    kept = study / "recommendation.json"
    if change == "a run fewer":
        shutil.rmtree(study / "runs/shared-seed0")
    elif change == "torn":
        kept.write_bytes(kept.read_bytes()[:-20])
    elif change == "another variant":
        kept.write_text(kept.read_text().replace('"shared"', '"x"').replace('"independent"', '"x"'))
    else:
        kept.unlink()
    concluded: list[Path] = []

    def watched(directory: Path) -> Any:
        concluded.append(directory)
        return conclude(directory, margin=MARGIN)

    monkeypatch.setattr("taskgraft.verdict.conclude", watched)
    recommendation = conclude(study, margin=MARGIN).recommendation
    assert recommendation is not None
    if change == "a run fewer":
        # One seed that both have recommends nothing.
        with pytest.raises(RequestError, match="recommends none"):
            origin(study)
    else:
        assert origin(study)[0] == recommendation.variant
    assert concluded == [study]


@pytest.mark.parametrize("has_report", [True, False])
def test_a_study_that_recommends_nothing_asks_for_the_variant(
    study: Path, has_report: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its report nothing is concluded again; what an earlier one recommended is gone."""
    reported(study)
    recommendation = conclude(study).recommendation
    assert recommendation is not None
    assert recommendation.variant is None
    if has_report:
        write_report(Study.open(study))
        monkeypatch.setattr("taskgraft.verdict.conclude", None)
    else:
        (study / "recommendation.json").unlink()
    with pytest.raises(RequestError) as error:
        load_model(study)
    assert str(error.value) == (
        f"Expected variant to be one of independent, shared, but got none. {study} recommends none: "
        f"`taskgraft report` says why, and what would settle it; on val {recommendation.best} is the best."
    )
    assert origin(study, variant="shared")[0] == "shared"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variant": "shard"}, "Expected variant to be one of independent, shared, but got 'shard'. Did you"),
        (
            {"variant": "shared", "seed": 7},
            "seed to be one of the finished runs of shared, but got 7. They are 0, 1.",
        ),
        ({"seed": "0"}, "Expected seed to be a whole number or None, but got the str '0'"),
        ({"seed": True}, "Expected seed to be a whole number or None, but got True"),
        ({"variant": 3}, "Expected variant to be a name or None, but got the int 3"),
    ],
)
def test_a_wrong_choice_is_one_line(study: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as error:
        load_model(study, **options)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("gone", "gone to be a study, one of its runs or a model's file, but got no such place"),
        ("x" * 300, "to be a study, one of its runs or a model's file, but got no such place"),
        ("a\0b", "to be a study, one of its runs or a model's file, but got no such place"),
        ("study/runs", "runs to be a study, one of its runs or a model's file, but got another folder"),
        ("loop", "loop to be a study, one of its runs or a model's file, but got no such place"),
    ],
    ids=["gone", "long", "nul", "folder", "loop"],
)
def test_a_place_without_a_model_is_one_line(study: Path, place: str, said: str) -> None:
    (study.parent / "loop").symlink_to("loop")
    with pytest.raises(RequestError) as error:
        load_model(study.parent / place)
    assert said in str(error.value)


@pytest.mark.parametrize("option", [{"variant": "shared"}, {"seed": 0}])
def test_options_of_a_study_are_refused_for_a_run(study: Path, option: dict[str, Any]) -> None:
    for place in (study / "runs/shared-seed0", study / "runs/shared-seed0/model.safetensors"):
        with pytest.raises(RequestError, match="to be left out where the model is no study's"):
            load_model(place, **option)


def test_a_file_of_something_else_is_one_line(study: Path) -> None:
    with pytest.raises(ModelFileError, match=r"results\.csv to be a trained model of taskgraft"):
        load_model(study / "results.csv")
    with pytest.raises(ModelFileError, match="weights without a description"):
        load_model(study / "runs/shared-seed0/predictions.safetensors")


def test_a_run_whose_files_are_damaged_is_never_taken(study: Path) -> None:
    for seed in (0, 1):
        path = study / f"runs/shared-seed{seed}/model.safetensors"
        # Another model, undamaged by itself: only the record of the run knows that it is not its.
        shutil.copyfile(study / f"runs/independent-seed{seed}/model.safetensors", path)
        if seed == 0:
            assert origin(study, variant="shared") == ("shared", 1)
    with pytest.raises(StudyError, match=r"model\.safetensors does not match its digest"):
        load_model(study, variant="shared")
    with pytest.raises(StudyError, match=r"shared-seed1: model\.safetensors does not match its digest"):
        load_model(study, variant="shared", seed=1)


def test_a_link_out_of_a_study_is_refused(study: Path, original: Path) -> None:
    shutil.rmtree(study / "runs/shared-seed0")
    (study / "runs/shared-seed0").symlink_to(original / "runs/shared-seed0")
    for options in ({"variant": "shared", "seed": 0}, {}):
        with pytest.raises(StudyError, match="to be a directory, but got 'a link to"):
            load_model(study, **options)
