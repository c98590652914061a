"""What a verdict or an error says to do about a study is done, and then it says it no more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from small_study import NAMES, small_plan, small_recipe, small_study

from taskgraft.errors import RunError, StudyError
from taskgraft.events import silent
from taskgraft.execution import describe_environment, run_plan
from taskgraft.recipe import MOST_HALVINGS, Sgd
from taskgraft.study import (
    FAILURE,
    FLOWS,
    PREDICTIONS,
    RESULT,
    FailureRecord,
    RunRecord,
    Study,
    digest,
    write_arrays,
)
from taskgraft.study._files import read_arrays
from taskgraft.verdict import conclude

FLOWING = NAMES[1]
DONE = f"{FLOWING}-seed0"


def cautions(directory: Path) -> list[str]:
    return list(conclude(Study.open(directory)).cautions)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a result": lambda study: torn(study / "runs" / DONE / RESULT),
    "predictions": lambda study: torn(study / "runs" / DONE / "predictions.safetensors"),
    "flows": lambda study: torn(study / "runs" / DONE / FLOWS),
    "the model, missing": lambda study: (study / "runs" / DONE / "model.safetensors").unlink(),
    "what prediction costs": lambda study: torn(study / "inference.json"),
    "the gallery": lambda study: torn(study / "gallery.safetensors"),
    "the names of images": lambda study: torn(study / "images.jsonl"),
    "the table of results": lambda study: (study / "results.csv").write_text("variant,seed\nmine,0\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_the_command_makes_again(copy: Path, damage: str) -> None:
    DAMAGES[damage](copy)
    (said,) = [one for one in cautions(copy) if one.startswith("Damaged, and not believed: ")]
    assert said.endswith("The command of the study makes it again.")
    small_study(copy)
    assert not any("Damaged" in one or "missing" in one for one in cautions(copy))


def test_what_is_missing_the_command_does(copy: Path) -> None:
    shutil.rmtree(copy / "runs" / DONE)
    (said,) = [one for one in cautions(copy) if "not finished" in one]
    assert said.endswith("the command of the study does the missing ones.")
    small_study(copy)
    assert not any("not finished" in one for one in cautions(copy))


def without_flows(study: Path) -> None:
    """Leaves a run as one that has never measured its flow."""
    directory = study / "runs" / DONE
    (directory / FLOWS).unlink()
    record = RunRecord.model_validate_json((directory / RESULT).read_bytes())
    digests = {name: digest for name, digest in record.digests.items() if name != FLOWS}
    (directory / RESULT).write_text(record.model_copy(update={"digests": digests}).model_dump_json())


def test_flows_that_were_not_measured_are_where_their_runs_are_deleted(copy: Path) -> None:
    without_flows(copy)
    (said,) = [one for one in cautions(copy) if "was not measured" in one]
    assert "Delete the directories of their runs, and the command of the study trains them again" in said
    small_study(copy)
    assert any("was not measured" in one for one in cautions(copy))
    shutil.rmtree(copy / "runs" / DONE)
    small_study(copy)
    assert not any("was not measured" in one for one in cautions(copy))


def fail(
    study: Path, kind: str, name: str = FLOWING, names: Sequence[str] = NAMES, batch_size: int = 16
) -> None:
    """Turns a finished run into one that failed."""
    plan = small_plan(study, names)
    identity = plan.request.identities()[name]
    failure = FailureRecord.of(
        RunError("Expected something else. Do something."),
        variant=name,
        seed=0,
        batch_size=batch_size,
        environment=describe_environment(plan.hardware),
        identity=identity,
    ).model_copy(update={"kind": kind})
    directory = study / "runs" / f"{name}-seed0"
    shutil.rmtree(directory)
    directory.mkdir()
    (directory / FAILURE).write_text(failure.model_dump_json())


def said_of_failures(study: Path) -> str:
    (said,) = [one for one in cautions(study) if "failed, and no figure rests on them" in one]
    return said


def options_in(said: str) -> list[str]:
    """The switches that a sentence names, as Python spells them."""
    return re.findall(r"\b([a-z_]+)=True", said)


def todo(study: Path, names: Sequence[str] = NAMES, **options: bool) -> list[str]:
    """What the command of the study would do with these switches."""
    return [run.spec.variant.name for run in small_plan(study, names, **options).todo]


def test_a_run_that_died_is_resumed_by_the_command_and_needs_no_option(copy: Path) -> None:
    fail(copy, "died")
    said = said_of_failures(copy)
    assert said.endswith("The command of the study resumes what died.")
    assert options_in(said) == []
    assert todo(copy) == [FLOWING]
    assert not small_study(copy).failures


def test_a_run_short_of_memory_is_done_with_either_option_and_without_none(copy: Path) -> None:
    fail(copy, "out of memory")
    assert todo(copy) == []
    assert options_in(said_of_failures(copy)) == ["auto_batch", "retry_failed"]
    for option in options_in(said_of_failures(copy)):
        assert todo(copy, **{option: True}) == [FLOWING]


def test_smaller_batches_are_not_advised_where_none_is_tried(copy: Path) -> None:
    fail(copy, "out of memory", batch_size=16 >> MOST_HALVINGS)
    assert todo(copy, auto_batch=True) == []
    assert options_in(said_of_failures(copy)) == ["retry_failed"]
    assert todo(copy, retry_failed=True) == [FLOWING]


def test_a_run_that_diverged_is_advised_nothing_that_would_let_it_diverge_again(
    copy: Path, tmp_path: Path
) -> None:
    fail(copy, "diverged")
    said = said_of_failures(copy)
    assert said.endswith("it needs another recipe, in another study directory.")
    assert options_in(said) == []
    assert todo(copy) == []
    tamer = small_recipe().model_copy(update={"optimizer": Sgd(learning_rate=0.01, momentum=0.9)})
    with patch("small_study.small_recipe", return_value=tamer):
        assert not run_plan(small_plan(tmp_path / "another"), silent).failures


def test_each_way_to_fail_has_its_advice_where_several_occur(tmp_path: Path) -> None:
    names = ("independent", "shared", "coarse-to-fine", FLOWING)
    study = small_study(tmp_path / "study", names).directory
    for name, kind in zip(names[1:], ("died", "out of memory", "diverged"), strict=True):
        fail(study, kind, name, names)
    said = said_of_failures(study)
    assert said.startswith("3 of 4 runs failed, and no figure rests on them.")
    places = [said.index(word) for word in ("what died.", "short of memory", "What diverged")]
    assert places == sorted(places)
    assert todo(study, names) == ["shared"]
    assert todo(study, names, auto_batch=True) == ["shared", "coarse-to-fine"]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("died", "The command of the study resumes what died."),
        ("diverged", "What diverged would diverge again"),
        ("out of memory", "with auto_batch=True in smaller batches, or with retry_failed=True"),
    ],
)
def test_a_study_without_a_finished_run_is_advised_the_same(copy: Path, kind: str, advice: str) -> None:
    for name in NAMES:
        fail(copy, kind, name)
    with pytest.raises(StudyError) as error:
        conclude(Study.open(copy))
    assert advice in str(error.value)
    assert "Run the command of the study again" not in str(error.value)


def test_what_is_missing_beside_failures_is_run_first(copy: Path) -> None:
    fail(copy, "diverged")
    shutil.rmtree(copy / "runs" / f"{NAMES[0]}-seed0")
    with pytest.raises(StudyError, match=r"Run the command of the study again to finish it\. What diverged"):
        conclude(Study.open(copy))
    assert todo(copy) == [NAMES[0]]
    small_study(copy)
    assert said_of_failures(copy)


def exchange_labels(study: Path, name: str) -> None:
    """Exchanges the labels of a run's test images, as in a directory that was put together from two."""
    directory = study / "runs" / f"{name}-seed0"
    arrays = dict(read_arrays(directory / PREDICTIONS)[0])
    for level in ("group", "colour"):
        arrays[f"test.targets.{level}"] = arrays[f"test.targets.{level}"][::-1].copy()
    write_arrays(directory / PREDICTIONS, arrays)
    record = RunRecord.model_validate_json((directory / RESULT).read_bytes())
    digests = {**record.digests, PREDICTIONS: digest(directory / PREDICTIONS)}
    (directory / RESULT).write_text(record.model_copy(update={"digests": digests}).model_dump_json())


def test_runs_tested_on_other_images_are_done_again_once_deleted(tmp_path: Path) -> None:
    names = ("independent", "shared", FLOWING)
    study = small_study(tmp_path / "study", names).directory
    exchange_labels(study, FLOWING)
    (said,) = [one for one in cautions(study) if "tested on other images" in one]
    assert said.endswith("Delete their directories, and the command of the study does them again.")
    shutil.rmtree(study / "runs" / DONE)
    small_study(study, names)
    assert not any("tested on other images" in one for one in cautions(study))
