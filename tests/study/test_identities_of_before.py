"""Runs that were recorded before a recipe had a part are those of its usual value."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Crop, Recipe, changed
from taskgraft.study import StudyRecord, read_record
from taskgraft.study._records import Request

# As it was written, and what `result.json` of its two runs has for their identity.
STUDY = Path(__file__).parent / "records" / "study_of_numerics_1.json"
RECORDED = {
    "independent": "8e924caded015a5cc4572ce609cf750d8dec519e971c1e2065709d0881c6b02b",
    "shared-coarse-to-fine": "3858302832df120083bcf8c22ae101cb82b001f7d35986abab9d96c9075fc872",
}
# The same, computed by that version for the request with one part otherwise.
OF_ITS_TIME = {
    ("data", "split"): (
        "own split, val drawn",
        "0da783a571c3b7f642127432e0fbdba0c9e41f7e5044c4e74348cd332ae81b12",
    ),
    ("recipe", "augmentation"): (
        {"kind": "crop"},
        "e1fd3943f50d63b7cee8d4dffd55a10c2aa58dfff3e678d0ce095ad5a566c172",
    ),
    ("recipe", "network", "trunk"): (
        {"family": "timm", "backbone": "resnet18"},
        "0a3a6cc59184a238532d799292f3622189fbee7572f864b1a1d4a98c86be4b1a",
    ),
}


@pytest.fixture
def record() -> StudyRecord:
    return read_record(STUDY, StudyRecord)


def with_recipe(request: Request, recipe: Recipe) -> Request:
    """The request with its first variant alone, trained by another recipe."""
    first = replace(request.variants[0], recipe=recipe)
    return request.model_copy(update={"variants": (first,)})


def test_a_recorded_study_is_read_with_the_identities_that_its_runs_have(record: StudyRecord) -> None:
    assert record.request.identities() == RECORDED
    assert (record.goal.max_seeds, record.auto, record.budget, record.looks) == (None, (), None, ())


@pytest.mark.parametrize("place", OF_ITS_TIME, ids=".".join)
def test_what_such_a_request_could_say_has_the_identity_of_its_time(place: tuple[str, ...]) -> None:
    value, identity = OF_ITS_TIME[place]
    request = json.loads(STUDY.read_text())["request"]
    part: Any = request if place[0] == "data" else request["variants"][0]
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    assert Request.model_validate_json(json.dumps(request)).identities()["independent"] == identity


@pytest.mark.parametrize(
    "changes",
    [
        {"precision": "f32"},
        {"layout": "channels-first"},
        {"balancing": "dwa"},
        {"balancing": "equal"},
        {"augmentation.mixup_alpha": 0.2},
        {"augmentation.cutmix_alpha": 1.0},
        {"augmentation.mix_probability": 0.5},
        {"augmentation.policy": "rand-augment"},
        {"augmentation.policy_operations": 3},
        {"augmentation.policy_magnitude": 0.5},
        {"augmentation.stored_ratio": 1.25},
        {"augmentation.hue": 0.1},
    ],
    ids=str,
)
def test_what_it_could_not_say_enters_once_it_is_said(record: StudyRecord, changes: dict[str, Any]) -> None:
    usual = record.request.variants[0].recipe
    if any(
        path.startswith(("augmentation.policy", "augmentation.stored", "augmentation.hue"))
        for path in changes
    ):
        usual = usual.model_copy(update={"augmentation": Crop(min_area_ratio=0.5)})
    said = with_recipe(record.request, changed(usual, changes))
    assert said.identities() != with_recipe(record.request, usual).identities()


def test_another_version_of_the_numerics_is_another_run(record: StudyRecord) -> None:
    assert record.request.numerics < NUMERICS
    now = record.request.model_copy(update={"numerics": NUMERICS})
    assert not set(now.identities().values()) & set(RECORDED.values())
