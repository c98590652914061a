"""What follows from data and trunk is derived, said and recorded; what was set stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from planned import planned
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import RequestError
from taskgraft.execution import ChosenRecipe, fit_recipe
from taskgraft.execution import describe_environment as environment
from taskgraft.hardware import Hardware
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import Adam, Sgd, changed, recipe
from taskgraft.recipe._recipes import fast, quick
from taskgraft.study import STUDY, StudyRecord, read_record, write_record
from taskgraft.training import Job, new_network

TRUNK = "timm/test_resnet"
F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load("shapes", num_train=160, num_test=20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    save_file(import_timm().create_model(TRUNK.removeprefix("timm/"), pretrained=False).state_dict(), path)
    return str(path)


def chosen(base: str, **settings: object) -> ChosenRecipe:
    return ChosenRecipe.of(base, {name.replace("__", "."): value for name, value in settings.items()})


def test_a_recipe_that_fits_is_itself(data: Dataset) -> None:
    fitted = fit_recipe(chosen("fast", epochs=3), data)
    assert fitted.recipe == changed(fast(), {"epochs": 3})
    assert fitted.derived == ()


def test_a_rate_that_is_set_is_not_overridden_by_a_pretrained_trunk(data: Dataset, weights: str) -> None:
    fitted = fit_recipe(
        chosen("quick", optimizer__learning_rate=0.02), data, trunk=TRUNK, trunk_weights=weights
    )
    assert fitted.recipe.optimizer == Sgd(learning_rate=0.02, momentum=0.9, weight_decay=5e-4)
    assert fitted.derived == (
        f"optimizer.learning_rate=0.02, not 0.01 as it would follow from the pretrained {TRUNK}: it was set.",
    )


def test_the_length_that_few_images_make_is_said(data: Dataset, weights: str) -> None:
    fitted = fit_recipe(chosen("finetune"), data, trunk=TRUNK, trunk_weights=weights)
    num_train = data.num_images["train"]
    assert fitted.recipe.batch_size == 16
    assert fitted.recipe.epochs * (num_train // 16) >= 1500
    assert fitted.derived == (
        f"epochs={fitted.recipe.epochs:g}, not 10: follows from {num_train} train images.",
        f"batch_size=16, not 64: follows from {num_train} train images.",
    )
    short = fit_recipe(chosen("finetune", epochs=2), data, trunk=TRUNK, trunk_weights=weights)
    assert short.recipe.epochs == 2
    assert short.derived[-1] == (
        f"epochs=2, not {fitted.recipe.epochs:g} as it would follow from {num_train} train images: it was "
        "set."
    )


def test_stochastic_depth_gives_way_to_a_network_without_it_and_is_refused_where_it_was_set(
    data: Dataset,
) -> None:
    derived = fit_recipe(chosen("finetune"), data, trunk="timm/test_vit").derived
    assert not [line for line in derived if "drop_path" in line]
    shallow = fit_recipe(chosen("finetune"), data, trunk="timm/vgg11")
    assert shallow.recipe.network.trunk.drop_path == 0
    assert "network.trunk.drop_path=0, not 0.1: follows from timm/vgg11." in shallow.derived
    deeper = fit_recipe(chosen("finetune", network__trunk__drop_path=0.2), data, trunk="timm/vgg11")
    with pytest.raises(RequestError, match=r"drop_path to be 0 for timm/vgg11\.tv_in1k, which has no st"):
        new_network(Job(catalogue(data.taxonomy.level_names)["shared"], data, deeper.recipe, F32))


def test_what_a_pretrained_trunk_changes_is_said(data: Dataset, weights: str) -> None:
    fitted = fit_recipe(chosen("fast"), data, trunk=TRUNK, trunk_weights=weights)
    assert fitted.recipe.optimizer == Sgd(learning_rate=0.01, momentum=0.9, weight_decay=5e-4)
    said = [line.partition(":")[0] for line in fitted.derived]
    assert "optimizer.kind=sgd, not muon" in said
    assert "optimizer.learning_rate=0.01, not 0.18" in said
    assert "growth=[], not [0.625, ... 1]" in said
    assert all(line.endswith(f": follows from the pretrained {TRUNK}.") for line in fitted.derived)


def test_a_recipe_of_the_user_s_is_as_set_as_an_option(data: Dataset, weights: str) -> None:
    mine = changed(quick(), {"name": "mine", "optimizer.learning_rate": 0.02})
    fitted = fit_recipe(ChosenRecipe.of(mine, {}), data, trunk=TRUNK, trunk_weights=weights)
    assert fitted.recipe.optimizer.learning_rate == 0.02
    adam = chosen("fast", optimizer__kind="adam", optimizer__learning_rate=0.1)
    assert fit_recipe(adam, data, trunk=TRUNK).recipe.optimizer == Adam(learning_rate=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer.kind": "muon"}, "Muon needs a batch norm behind every hidden matrix"),
        ({"optimizer.rest.momentum": 0.5}, "optimizer.rest.momentum'. It belongs to optimizer.kind=muon"),
    ],
)
def test_what_is_set_and_cannot_be_is_refused_and_not_dropped(
    settings: dict[str, object], message: str, data: Dataset
) -> None:
    with pytest.raises(RequestError, match=message):
        fit_recipe(ChosenRecipe.of("fast", settings), data, trunk=TRUNK)


def test_images_grow_for_networks_of_timm_that_see_several_sizes(data: Dataset) -> None:
    growing = ChosenRecipe.of("finetune", {"growth": [0.5, 1.0]})
    assert fit_recipe(growing, data).recipe.growth == (0.5, 1.0)
    assert fit_recipe(growing, data, trunk=TRUNK).recipe.growth == (0.5, 1.0)
    with pytest.raises(
        RequestError,
        match=r"Expected growth to be empty for timm/test_vit.*, which is built for images of one size",
    ):
        fit_recipe(growing, data, trunk="timm/test_vit")


def test_a_file_that_fits_two_networks_is_said(data: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "lite0.safetensors"
    for name, other in (
        ("efficientnet_lite0", "tf_efficientnet_lite0"),
        ("tf_efficientnet_lite0", "efficientnet_lite0"),
    ):
        save_file({"x": torch.zeros(1)}, path)
        derived = fit_recipe(chosen("finetune"), data, trunk=f"timm/{name}", trunk_weights=str(path)).derived
        (line,) = (each for each in derived if each.startswith("The weights"))
        assert line.startswith(
            f"The weights in lite0.safetensors fit timm/{other} as well as timm/{name}, and no"
        )
    for trunk in (TRUNK, "timm/resnet18"):
        derived = fit_recipe(chosen("finetune"), data, trunk=trunk, trunk_weights=str(path)).derived
        assert not any(each.startswith("The weights") for each in derived)


def test_what_was_set_in_a_recipe_and_goes_with_another_kind_is_said(data: Dataset) -> None:
    mine = changed(
        quick(), {"name": "mine", "optimizer.momentum": 0.5, "network.trunk.stage_widths": [8, 16]}
    )
    adam = {"optimizer.kind": "adam", "optimizer.learning_rate": 0.01}
    fitted = fit_recipe(ChosenRecipe.of(mine, adam), data)
    assert fitted.recipe.optimizer == Adam(learning_rate=0.01)
    assert fitted.derived == ("optimizer.momentum=0.5 of mine: not kept, as optimizer.kind is adam.",)
    assert fit_recipe(ChosenRecipe.of(quick(), adam), data).derived == ()
    assert fit_recipe(ChosenRecipe.of(mine, {"optimizer.kind": "sgd"}), data).derived == ()
    on_timm = fit_recipe(ChosenRecipe.of(mine, {}), data, trunk=TRUNK)
    assert on_timm.derived[-1] == (
        "network.trunk.stage_widths=[8, 16] of mine: not kept, as network.trunk.family is timm."
    )


def test_levels_to_balance_are_those_of_the_data(data: Dataset) -> None:
    settings = {"balance": "loss", "balance_levels": ["fine"]}
    with pytest.raises(
        RequestError, match="a level of balance_levels to be one of family, shape, but got 'f"
    ):
        fit_recipe(ChosenRecipe.of("quick", settings), data)


def test_weights_need_a_trunk(data: Dataset) -> None:
    with pytest.raises(RequestError, match="trunk_weights to be used with trunk, but got 'without it'"):
        fit_recipe(chosen("quick"), data, trunk_weights="hub")


def test_stages_for_larger_images_yield_to_widths_that_are_set(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Dataset, "image_shape", (3, 64, 64))
    derived = fit_recipe(chosen("quick"), data).derived
    assert derived == (
        "network.trunk.stage_widths=[16, 24, 48, 96], not [24, 48, 96]: follows from images of 64x64.",
        "augmentation.max_shift=4, not 2: follows from images of 64x64.",
    )
    kept = fit_recipe(chosen("quick", network__trunk__stage_widths=[24, 48, 96]), data)
    assert kept.recipe.network == quick().network
    assert kept.derived[-1] == (
        "network.trunk.stage_widths=[24, 48, 96], not [16, 24, 48, 96] as it would follow from images of "
        "64x64: it was set."
    )


def test_the_record_of_a_study_holds_what_was_derived(data: Dataset, weights: str, tmp_path: Path) -> None:
    plan = planned(data, "shared", recipe("quick"), 1, out=tmp_path, trunk=TRUNK, trunk_weights=weights)
    (variant,) = plan.request.variants
    assert variant.derived == plan.derived
    assert any(line.startswith("optimizer.learning_rate=0.01, not 0.2") for line in plan.derived)
    record = StudyRecord(
        request=plan.request, command=None, created="2026-01-01", environment=environment(plan.hardware)
    )
    write_record(tmp_path / STUDY, record)
    assert read_record(tmp_path / STUDY, StudyRecord).request.variants[0].derived == variant.derived


def test_what_is_varied_is_set_too(data: Dataset, weights: str, tmp_path: Path) -> None:
    vary = {"optimizer.learning_rate": [0.02, 0.03]}
    plan = planned(data, "shared", "quick", 1, out=tmp_path, trunk=TRUNK, trunk_weights=weights, vary=vary)
    rates = [variant.recipe.optimizer.learning_rate for variant in plan.request.variants]
    assert rates == [0.02, 0.03]
