"""A study divides its trunk where an architecture looks at stages, and changes no run that does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from drawn_colours import drawn_colours
from planned import planned
from taskgraft.architecture import Architecture, Mixing
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import Plan, run_plan
from taskgraft.inference import read_model
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import changed, recipe
from taskgraft.verdict import conclude

# It has stochastic depth, too.
TINY = "test_efficientnet"
LEVELS = ("group", "colour")
UNTRAINED = changed(recipe("finetune"), {"network.trunk.weights": "none", "frozen_ratio": 0})
BRIEF = {"epochs": 1, "batch_size": 16, "min_steps": 0, "network.branch.fc_2": [8]}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return drawn_colours(80, side=32, noise=20, num_test=20)


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Options of a trunk with weights of a file."""
    weights = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), weights)
    return {"trunk": f"timm/{TINY}", "trunk_weights": weights, "jobs": 1, "num_threads": 1}


def stages_of(plan: Plan) -> dict[str, int]:
    return {each.name: each.recipe.network.trunk.num_stages for each in plan.request.variants}


def stages_line(plan: Plan) -> list[str]:
    return [line for line in plan.derived if "stage" in line]


@pytest.mark.parametrize(
    ("options", "causes"),
    [
        ({"architectures": "shared,forked-2"}, "forked-2"),
        ({"architectures": "shared,ple,mtan"}, "ple, mtan"),
        ({"architectures": "shared,cross-stitch"}, "cross-stitch"),
        ({"architectures": "independent,shared", "forks": "all"}, "forks"),
        ({"architectures": "independent", "variants": {"mine": {"architecture": "forked-1"}}}, "forked-1"),
    ],
)
def test_it_is_said_once_and_holds_for_every_variant(
    options: dict[str, Any], causes: str, data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    names = options.pop("architectures")
    plan = planned(data, names, "finetune", 1, out=tmp_path / "study", **trunk, **options)
    # Several lanes would draw what they leave out in another order.
    assert stages_of(plan) == {name: 1 if name == "independent" else 5 for name in plan.request.names}
    assert stages_line(plan) == [f"network.trunk.stages=5, not 1: follows from {causes} on timm/{TINY}."]


def test_where_nobody_looks_at_stages_the_trunk_is_as_it_was(
    data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    plan = planned(data, "all", "finetune", 1, out=tmp_path / "study", **trunk)
    assert set(stages_of(plan).values()) == {1}
    assert stages_line(plan) == []


def test_architectures_of_the_user_s_are_looked_at_too(
    data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    late = Architecture("late", LEVELS, "forked", forks=(2, 4))
    mixed = Architecture("mixed", LEVELS, mixers=(Mixing(4, "nddr"),))
    plain = Architecture("plain", LEVELS, "shared")
    out = {"out": tmp_path / "study", **trunk}
    assert stages_of(planned(data, [late], "finetune", 1, **out)) == {"late": 5}
    assert stages_of(planned(data, [mixed, "shared"], "finetune", 1, **out)) == {"mixed": 5, "shared": 5}
    assert stages_of(planned(data, [plain], "finetune", 1, **out)) == {"plain": 1}
    file = tmp_path / "mine.toml"
    file.write_text('[[architecture]]\nname = "late"\nfork = {group = 2, colour = 4}')
    assert stages_of(planned(data, "late", "finetune", 1, architecture_file=file, **out)) == {"late": 5}


def test_trunks_that_vary_are_divided_each_for_itself(data: Dataset, tmp_path: Path) -> None:
    vary = {"network.trunk.backbone": [TINY, "test_convnext"]}
    plan = planned(
        data,
        "shared,forked-1",
        changed(UNTRAINED, {"network.trunk.backbone": TINY}),
        1,
        vary=vary,
        out=tmp_path / "study",
    )
    assert sorted(stages_of(plan).values()) == [4, 4, 5, 5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"architectures": "forked-1,ple"},
            r"the trunk for forked-1, ple to be one that can be divided into stages, but got timm/test_vit, "
            r"a network with weights beside its modules in a row \(cls_token, pos_embed\)\. Use archit",
        ),
        ({"architectures": "shared", "forks": "all"}, r"the trunk for forks to be one that can be divided"),
        (
            {"architectures": "forked-1", "trunk": f"timm/{TINY}", "set": {"network.trunk.stages": 1}},
            r"network\.trunk\.stages to be 5, or left out, for forked-1 on timm/test_efficientnet, but got 1",
        ),
        (
            {"architectures": "shared", "trunk": f"timm/{TINY}", "set": {"network.trunk.stages": 4}},
            r"network\.trunk\.stages to be 1 or 5 for timm/test_efficientnet, but got 4\. Leave it out",
        ),
        (
            {"architectures": "forked-5", "trunk": f"timm/{TINY}"},
            r"but got 'forked-5'\. Did you mean 'forked-4'",
        ),
        (
            {"architectures": "shared", "trunk": f"timm/{TINY}", "vary": {"network.trunk.stages": [1, 5]}},
            r"every two variants to be different in what is trained",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    options: dict[str, Any], message: str, data: Dataset, tmp_path: Path
) -> None:
    names = options.pop("architectures")
    given = {"trunk": "timm/test_vit", "trunk_weights": None, "out": tmp_path / "study", **options}
    with pytest.raises(RequestError, match=message) as caught:
        planned(data, names, UNTRAINED, 1, **given)
    assert "\n" not in str(caught.value)


def test_mixers_stay_behind_a_trunk_that_cannot_be_divided_and_a_line_says_why(
    data: Dataset, tmp_path: Path
) -> None:
    plan = planned(data, "shared,nddr,cgc", "quick", 1, trunk="timm/test_vit", out=tmp_path / "study")
    assert set(stages_of(plan).values()) == {1}
    assert stages_line(plan) == [
        "timm/test_vit stays one stage for nddr, cgc: a network with weights beside its modules in a row "
        "(cls_token, pos_embed)."
    ]


def test_a_study_of_undivided_trunks_grows_by_forks(
    data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    given = {"set": BRIEF, "out": tmp_path / "study", **trunk}
    first = run_plan(planned(data, "shared,independent", "finetune", 1, **given), silent)
    assert len(first.runs) == 2
    names = "shared,independent,forked-2"
    plan = planned(data, names, "finetune", 1, **given)
    # What the study has continues as it began: its checkpoints are of one stage.
    assert stages_of(plan) == {"shared": 1, "independent": 1, "forked-2": 5}
    assert [run.spec.variant.name for run in plan.todo] == ["forked-2"]
    grown = run_plan(plan, silent)
    assert not planned(data, names, "finetune", 1, **given).todo
    factors = conclude(grown).factors
    assert factors is None or all("stages" not in factor.name for factor in factors)
    plan = planned(data, names, "finetune", 1, **{**given, "out": tmp_path / "apart"})
    assert stages_of(plan) == {"shared": 5, "independent": 1, "forked-2": 5}
    apart = run_plan(plan, silent)
    for one, other in zip(grown.runs, apart.runs, strict=True):
        assert (one.variant, one.seed, one.val_scores) == (other.variant, other.seed, other.val_scores)


def test_a_study_of_stages_is_asked_for_less_in_the_usual_words(
    data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    given = {"set": BRIEF, "out": tmp_path / "study", **trunk}
    study = run_plan(planned(data, "independent,forked-2", "finetune", 1, **given), silent)
    less = r"but got 'less \(variants: .*\. Ask for all of it with architectures='independent,forked-2', and"
    with pytest.raises(RequestError, match=less):
        planned(data, "independent", "finetune", 1, **given)
    model = read_model(study.directory / "runs" / "forked-2-seed0" / "model.safetensors")
    assert model.description.network.spec.trunk.num_stages == 5
    assert model.predict(data.images[:4]).preds.shape == (4, 2)


@pytest.mark.parametrize(
    ("name", "balancing", "is_idle"),
    [
        ("shared", "fixed", True),
        ("flat", "fixed", True),
        ("shared", "upgrad", False),
        ("independent", "fixed", False),
    ],
)
def test_stages_are_part_of_a_run_where_they_decide_its_numbers(
    name: str, balancing: str, is_idle: bool, data: Dataset, trunk: dict[str, Any], tmp_path: Path
) -> None:
    given = {"out": tmp_path / "study", **trunk}
    identities = [
        planned(
            data, name, "finetune", 1, set={"balancing": balancing, "network.trunk.stages": stages}, **given
        ).request.identities()[name]
        for stages in (1, 5)
    ]
    assert (identities[0] == identities[1]) is is_idle
    # Unless somebody sets it, a run that it would change is not divided.
    plan = planned(data, f"{name},forked-2", "finetune", 1, set={"balancing": balancing}, **given)
    assert stages_of(plan) == {name: 5 if is_idle else 1, "forked-2": 5}
