"""In which precision and layout a run computes: as its recipe says, or as network and processor suit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from planned import planned
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.hardware import Hardware
from taskgraft.network import depthwise_share
from taskgraft.recipe import Recipe, TimmTrunkSpec, changed, recipe
from taskgraft.training import Job, follow_hardware, train, with_trunk

NATIVE = Hardware("cpu", "bf16", channels_last=True, num_threads=1)
PLAIN = Hardware("cpu", "f32", channels_last=True, num_threads=1)
SHAPE = (3, 96, 96)


def test_what_a_recipe_says_goes_before_the_hardware() -> None:
    assert NATIVE.computing("auto", "auto") == NATIVE
    assert NATIVE.computing("f32", "auto") == PLAIN
    assert not PLAIN.computing("auto", "channels-first").channels_last
    assert PLAIN.computing("bf16", "channels-last").precision == "bf16"


@pytest.mark.parametrize(
    ("trunk", "precision"),
    [("tf_efficientnet_lite0", "f32"), ("mobilenetv3_small_050", "f32"), ("resnet18", "auto")],
)
def test_networks_with_depthwise_convolutions_compute_in_f32_on_a_cpu(trunk: str, precision: str) -> None:
    chosen = with_trunk(recipe("quick"), f"timm/{trunk}")
    assert follow_hardware(chosen, SHAPE, NATIVE).precision == precision
    assert follow_hardware(chosen, SHAPE, PLAIN) == chosen
    assert follow_hardware(chosen, SHAPE, Hardware("cuda", "bf16", True, 1)) == chosen
    assert follow_hardware(chosen, SHAPE, NATIVE, {"precision"}) == chosen


@pytest.mark.parametrize("name", ["original", "fast", "compact", "accurate", "quick"])
def test_our_networks_compute_as_they_did(name: str) -> None:
    assert follow_hardware(recipe(name), (3, 32, 32), NATIVE) == recipe(name)


def test_the_share_of_depthwise_convolutions_is_what_layers_say() -> None:
    share = depthwise_share(TimmTrunkSpec(backbone="mobilenetv1_100"), (3, 224, 224))
    # Howard et al. (2017), table 2: 3.06 %, of which the first convolution and the classifier are no part.
    assert share == pytest.approx(0.0306, abs=0.001)


def test_the_choice_is_said_recorded_and_makes_the_same_run_again(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a processor that is made to say that it multiplies bf16."""
    monkeypatch.setattr("taskgraft.hardware._device.multiplies_bf16", lambda device: device == "cpu")
    deep = with_trunk(tiny_recipe, "timm/mobilenetv3_small_050")
    plan = planned(tiny_data, "shared", deep, 1, out=tmp_path / "deep", jobs=1)
    assert plan.request.variants[0].recipe.precision == "f32"
    assert any("precision=f32, not auto: follows from the depthwise" in line for line in plan.derived)
    assert {run.spec.hardware.precision for run in plan.runs} == {"f32"}
    again = planned(tiny_data, "shared", deep, 1, out=tmp_path / "deep", jobs=2)
    assert again.request == plan.request
    set_so = planned(tiny_data, "shared", deep, 1, set={"precision": "bf16"}, out=tmp_path / "set", jobs=1)
    assert {run.spec.hardware.precision for run in set_so.runs} == {"bf16"}


def test_precisions_can_be_compared_and_records_say_which(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    study = compare(
        tiny_data,
        "shared",
        tiny_recipe,
        set={"layout": "channels-first"},
        vary={"precision": ["f32", "bf16"]},
        epochs=0.4,
        num_threads=1,
        jobs=1,
        out=tmp_path / "study",
        listener=silent,
    )
    runs = {run.variant: run.environment for run in study.runs}
    assert {name: each.precision for name, each in runs.items()} == {
        "shared+precision=f32": "f32",
        "shared+precision=bf16": "bf16",
    }
    assert not any(each.channels_last for each in runs.values())
    assert study.record.computed_in == (("f32", "channels-first"), ("bf16", "channels-first"))


def test_precisions_that_are_the_same_here_are_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskgraft.hardware._device.multiplies_bf16", lambda device: False)
    with pytest.raises(RequestError, match="different in what is trained"):
        planned(tiny_data, "shared", tiny_recipe, 1, vary={"precision": ["auto", "f32"]}, out=tmp_path / "x")


def test_a_training_computes_as_its_recipe_says(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    shared = Architecture("shared", ("group", "colour"), "shared")
    short = changed(tiny_recipe, {"epochs": 0.4})
    in_bf16 = changed(short, {"precision": "bf16"})
    assert Job(shared, tiny_data, in_bf16, PLAIN).hardware.precision == "bf16"
    by_recipe, by_hardware, other = (
        torch.cat([each.flatten() for each in train(shared, tiny_data, its, 0, on)[0].parameters()])
        for its, on in ((in_bf16, PLAIN), (short, NATIVE), (short, PLAIN))
    )
    assert torch.equal(by_recipe, by_hardware)
    assert not torch.equal(by_recipe, other)
