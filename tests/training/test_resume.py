"""A run cut off at any step that goes on from its checkpoint ends as if nothing had happened: to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from cut_off import FORKED, Cut, Watching, check_same, checkpoints, go, short

from drifting import Drifting
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.inference import predict_logits
from taskgraft.network._trunk import Trunk
from taskgraft.recipe import AdamW, BalancingSpec, Crop, EarlyStop, Recipe, TimmTrunkSpec
from taskgraft.recipe._recipes import fast, original
from taskgraft.stopping import STOP, Stopped
from taskgraft.training import with_trunk
from taskgraft.training.balancers import BALANCERS

CASES: dict[str, tuple[Callable[[Recipe], Recipe], Architecture | str]] = {
    "sgd": (lambda tiny: tiny.model_copy(update={"epochs": 2.6}), "shared-coarse-to-fine"),
    "sgd without momentum": (
        lambda tiny: tiny.model_copy(
            update={"epochs": 2.6, "optimizer": tiny.optimizer.model_copy(update={"momentum": 0.0})}
        ),
        "shared",
    ),
    "muon, growth, whitened fork": (lambda tiny: short(fast(), growth=(0.5, 1.0)), FORKED),
    "muon, growth": (lambda tiny: short(fast()), "fine-to-coarse"),
    "adam, dropout, affine": (lambda tiny: short(original()), "shared-fine-to-coarse"),
    "adam, early stop": (
        lambda tiny: short(original(), early_stop=EarlyStop(patience=1, min_delta=9.0), epochs=4.0),
        "independent",
    ),
    "balanced draw": (
        lambda tiny: tiny.model_copy(update={"balance": "sampler", "epochs": 2.6}),
        "independent",
    ),
    "balanced loss": (lambda tiny: tiny.model_copy(update={"balance": "loss", "epochs": 2.6}), "shared"),
    "adamw, stochastic depth, frozen at first, growing timm": (
        lambda tiny: tiny.model_copy(
            update={
                "network": tiny.network.model_copy(
                    update={"trunk": TimmTrunkSpec(backbone="test_efficientnet", drop_path=0.3)}
                ),
                "optimizer": AdamW(learning_rate=0.01, weight_decay=0.1),
                "frozen_ratio": 0.3,
                "trunk_rate_ratio": 0.5,
                "schedule": "cosine",
                "growth": (0.5, 1.0),
                "augmentation": Crop(brightness=0.2, erase_probability=0.5, policy="trivial-augment"),
                "epochs": 2.6,
            }
        ),
        "shared-coarse-to-fine",
    ),
    "mixup, cutmix, gaps in the labels, class weights, growth": (
        lambda tiny: short(
            fast(),
            growth=(0.5, 1.0),
            augmentation=Crop(mixup_alpha=0.4, cutmix_alpha=1.0, policy="rand-augment"),
            balance="loss",
        ),
        "coarse-to-fine",
    ),
    "stateful balancer": (
        lambda tiny: tiny.model_copy(update={"balancing": BalancingSpec(kind="drifting"), "epochs": 2.6}),
        "shared-coarse-to-fine",
    ),
}


@pytest.fixture(autouse=True)
def _drifting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BALANCERS._entries, "drifting", Drifting)


@pytest.mark.parametrize("case", CASES)
def test_a_run_cut_off_behind_every_step_ends_with_the_same_bits(
    case: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    """One run, cut off and gone on with behind each of its steps."""
    make, architecture = CASES[case]
    recipe, watching = make(tiny_recipe), Watching()
    whole = go(tiny_data, recipe, architecture, None, watching)
    for last in watching.steps[:-1]:
        again = Watching(last)
        with pytest.raises(Cut):
            go(tiny_data, recipe, architecture, checkpoints(tmp_path), again)
        assert again.steps == [last]
        assert again.resumed == ([last - 1] if last > 1 else [])
    check_same(go(tiny_data, recipe, architecture, checkpoints(tmp_path)), whole)


@pytest.mark.torture
@pytest.mark.parametrize("case", CASES)
def test_a_run_cut_off_once_behind_any_step_ends_with_the_same_bits(
    case: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    make, architecture = CASES[case]
    recipe, watching = make(tiny_recipe), Watching()
    whole = go(tiny_data, recipe, architecture, None, watching)
    for last in watching.steps[:-1]:
        folder = tmp_path / str(last)
        with pytest.raises(Cut):
            go(tiny_data, recipe, architecture, checkpoints(folder), Watching(last))
        check_same(go(tiny_data, recipe, architecture, checkpoints(folder)), whole)
    print(f"torture: exact resume, {case}: {len(watching.steps) - 1} steps, each with the same bits")


@pytest.mark.parametrize("stopped_at", [1, 4, 5, 6, 8])
def test_a_stop_waits_for_the_step_and_saves_it(
    stopped_at: int, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    class Stopping(Watching):
        def on_update(self) -> None:
            if len(self.steps) == stopped_at - 1:
                assert STOP.make(15)

    recipe = tiny_recipe.model_copy(update={"epochs": 1.6})
    whole = go(tiny_data, recipe, "shared", None)
    stopping, again = Stopping(), Watching()
    try:
        with pytest.raises(Stopped) as stopped:
            go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False), stopping)
    finally:
        STOP.clear()
    assert stopped.value.exit_code == 143
    assert stopping.steps == list(range(1, stopped_at + 1))
    check_same(go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False), again), whole)
    assert again.resumed == [stopped_at]


@contextmanager
def stopping_in(part: str, at_step: int, times: int = 1) -> Iterator[None]:
    """Requests a stop in the middle of a step: in its forward pass, or in its backward pass."""
    seen: list[object] = []

    def request(*_: object) -> None:
        for _again in range(times):
            STOP.make(15)

    def stop(module: torch.nn.Module, pixels: object, features: list[torch.Tensor]) -> None:
        if isinstance(module, Trunk) and module.training:
            seen.append(pixels)
            if len(seen) == at_step and part == "backward":
                features[0].register_hook(request)
            elif len(seen) == at_step:
                request()

    hook = torch.nn.modules.module.register_module_forward_hook(stop)
    try:
        yield
    finally:
        hook.remove()
        STOP.clear()


@pytest.mark.parametrize("part", ["forward", "backward"])
@pytest.mark.parametrize(
    "case", ["adam, dropout, affine", "muon, growth, whitened fork", "stateful balancer"]
)
def test_a_stop_within_a_step_waits_for_its_end(
    case: str, part: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    make, architecture = CASES[case]
    recipe = make(tiny_recipe)
    whole = go(tiny_data, recipe, architecture, None)
    stopping, again = Watching(), Watching()
    with stopping_in(part, 7), pytest.raises(Stopped):
        go(tiny_data, recipe, architecture, checkpoints(tmp_path, each_step=False), stopping)
    assert stopping.steps == [1, 2, 3, 4, 5, 6, 7]
    check_same(go(tiny_data, recipe, architecture, checkpoints(tmp_path, each_step=False), again), whole)
    assert again.resumed == [7]


@pytest.mark.parametrize("part", ["forward", "backward"])
def test_a_second_stop_within_a_step_saves_nothing_that_is_half_done(
    part: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    """It ends at once; what the last checkpoint has is where the run goes on."""
    recipe = tiny_recipe.model_copy(update={"epochs": 1.6})
    whole = go(tiny_data, recipe, "shared", None)
    with stopping_in("forward", 3), pytest.raises(Stopped):
        go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False))
    stopping, again = Watching(), Watching()
    with stopping_in(part, 2, times=2), pytest.raises(Stopped) as stopped:
        go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False), stopping)
    assert stopped.value.is_at_once
    assert (stopping.resumed, stopping.steps) == ([3], [4])
    check_same(go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False), again), whole)
    assert again.resumed == [3]


@pytest.mark.parametrize("number", [1, 2])
def test_a_stop_during_validation_does_not_wait_and_loses_no_step(
    number: int, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny_recipe.model_copy(update={"epochs": 1.6})
    whole = go(tiny_data, recipe, "shared", None)
    calls: list[object] = []

    def stop(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == number:
            STOP.make(2)
        return predict_logits(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("taskgraft.training._epoch_end.predict_logits", stop)
    try:
        with pytest.raises(Stopped):
            go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False))
    finally:
        STOP.clear()
    again = Watching()
    check_same(go(tiny_data, recipe, "shared", checkpoints(tmp_path, each_step=False), again), whole)
    assert again.resumed == [(5, 8)[number - 1]]


def test_bf16_goes_on_to_the_bit(tiny_data: Dataset, tmp_path: Path) -> None:
    recipe = short(fast())
    whole = go(tiny_data, recipe, "shared", None, precision="bf16")
    with pytest.raises(Cut):
        go(tiny_data, recipe, "shared", checkpoints(tmp_path), Watching(7), "bf16")
    check_same(go(tiny_data, recipe, "shared", checkpoints(tmp_path), precision="bf16"), whole)


def test_a_backbone_of_timm_goes_on_to_the_bit(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    recipe = with_trunk(tiny_recipe, "timm/test_efficientnet", None).model_copy(update={"epochs": 1.6})
    whole = go(tiny_data, recipe, "shared", None)
    with pytest.raises(Cut):
        go(tiny_data, recipe, "shared", checkpoints(tmp_path), Watching(6))
    watching = Watching()
    check_same(go(tiny_data, recipe, "shared", checkpoints(tmp_path), watching), whole)
    assert watching.resumed == [6]


def test_saving_changes_nothing(tiny_data: Dataset, tmp_path: Path) -> None:
    recipe = short(original())
    kept = go(tiny_data, recipe, "shared", checkpoints(tmp_path))
    check_same(kept, go(tiny_data, recipe, "shared", None))


def test_a_finished_run_has_nothing_left_to_do(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    whole = go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path))
    watching = Watching()
    check_same(go(tiny_data, tiny_recipe, "shared", checkpoints(tmp_path), watching), whole)
    assert (watching.resumed, watching.steps) == ([10], [])
    checkpoints(tmp_path).remove()
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_another_balancer_is_not_used(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    """Should a fingerprint ever fail to tell them apart."""
    drifting = tiny_recipe.model_copy(update={"balancing": BalancingSpec(kind="drifting")})
    for before, after in ((tiny_recipe, drifting), (drifting, tiny_recipe)):
        folder = tmp_path / before.balancing.kind
        with pytest.raises(Cut):
            go(tiny_data, before, "shared", checkpoints(folder), Watching(4))
        watching = Watching()
        check_same(
            go(tiny_data, after, "shared", checkpoints(folder), watching),
            go(tiny_data, after, "shared", None),
        )
        assert watching.resumed == []
        assert "of another network, optimizer or balancer, and is not used" in watching.notes[0]
