"""The frozen baseline of a pretrained trunk: when it stands beside the others, and what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from drawn_colours import drawn_colours
from planned import planned
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.network._timm_import import import_timm

TINY = "test_efficientnet"


@pytest.fixture(scope="module")
def data() -> Dataset:
    return drawn_colours(80, side=32, noise=20, num_test=20)


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Options of a trunk with weights of a file."""
    weights = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), weights)
    return {"trunk": f"timm/{TINY}", "trunk_weights": weights, "jobs": 1}


def names(plan: Any) -> list[str]:
    return list(plan.request.names)


def test_it_stands_beside_all_architectures_of_finetune(
    data: Dataset, pretrained: dict[str, Any], tmp_path: Path
) -> None:
    given = {**pretrained, "out": tmp_path / "study"}
    plan = planned(data, None, "finetune", 1, **given)
    assert names(plan)[-2:] == ["flat", "shared+frozen_ratio=1"]
    assert len(plan.runs) == 8
    frozen = plan.request.variants[-1]
    assert frozen.architecture.name == "shared"
    assert frozen.recipe == plan.request.variants[1].recipe.model_copy(update={"frozen_ratio": 1.0})
    assert "stays as it began" in frozen.derived[-1]
    costs = {run.spec.variant.name: run.train_pflop for run in plan.runs}
    assert 0.2 < costs["shared+frozen_ratio=1"] / costs["shared"] < 0.6
    assert len(names(planned(data, None, "finetune", 1, freeze=False, **given))) == 7


def test_with_architectures_by_name_it_has_to_be_wanted(
    data: Dataset, pretrained: dict[str, Any], tmp_path: Path
) -> None:
    given = {**pretrained, "out": tmp_path / "study"}
    assert names(planned(data, "independent", "finetune", 1, **given)) == ["independent"]
    plan = planned(data, "independent", "finetune", 1, freeze=True, **given)
    assert names(plan) == ["independent", "shared+frozen_ratio=1"]
    # Of any recipe, if its trunk was trained before.
    assert names(planned(data, "flat", "fast", 1, freeze=True, **given)) == ["flat", "shared+frozen_ratio=1"]
    assert len(names(planned(data, None, "fast", 1, **given))) == 7


def test_one_for_each_recipe_that_differs_on_a_frozen_trunk(
    data: Dataset, pretrained: dict[str, Any], tmp_path: Path
) -> None:
    given = {**pretrained, "out": tmp_path / "study"}
    vary = {"label_smoothing": [0, 0.2], "trunk_rate_ratio": [0.1, 0.5]}
    plan = planned(data, "shared", "finetune", 1, freeze=True, vary=vary, **given)
    assert [name for name in names(plan) if "frozen" in name] == [
        "shared+label_smoothing=0+trunk_rate_ratio=0.1+frozen_ratio=1",
        "shared+label_smoothing=0.2+trunk_rate_ratio=0.1+frozen_ratio=1",
    ]
    varied = planned(data, "shared", "finetune", 1, freeze=True, vary={"frozen_ratio": [0.1, 1]}, **given)
    assert names(varied) == ["shared+frozen_ratio=0.1", "shared+frozen_ratio=1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipe": "quick"}, "begins with weights of an earlier training, but got a compact trunk without"),
        (
            {"recipe": "quick", "architectures": None, "variants": {"a": {"architecture": "shared"}}},
            "Expected freeze to be used with architectures",
        ),
        ({"recipe": "quick", "freeze": "x"}, "Expected freeze to be"),
        ({"recipe": "quick", "freeze": 3}, "Expected freeze to be"),
    ],
)
def test_what_it_cannot_be_is_refused(
    options: dict[str, Any], message: str, data: Dataset, tmp_path: Path
) -> None:
    given = {"architectures": "shared", "seeds": 1, "freeze": True, "out": tmp_path / "study", **options}
    with pytest.raises(RequestError, match=message):
        planned(data, **given)
    assert not (tmp_path / "study").exists()
