"""A study of a pretrained trunk: tuned beside heads on the frozen trunk, from options to records."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from drawn_colours import drawn_colours
from taskgraft.execution import compare
from taskgraft.network._timm_import import import_timm

TINY = "test_efficientnet"


def test_a_probe_stands_beside_what_is_tuned_and_costs_less(tmp_path: Path) -> None:
    torch.manual_seed(5)
    weights = tmp_path / "tiny.safetensors"
    save_file(import_timm().create_model(TINY).state_dict(), weights)
    study = compare(
        drawn_colours(80, side=32, noise=20, num_test=20),
        "shared",
        "finetune",
        seeds=1,
        trunk=f"timm/{TINY}",
        trunk_weights=weights,
        set={"min_steps": 8, "network.branch.fc_2": [8], "network.trunk.drop_path": 0.2},
        epochs=2,
        vary={"frozen_ratio": [0.25, 1]},
        out=tmp_path / "study",
        num_threads=1,
        jobs=1,
    )
    tuned, probe = study.summary()
    assert (tuned.variant, probe.variant) == ("shared+frozen_ratio=0.25", "shared+frozen_ratio=1")
    assert tuned.cost.macs == probe.cost.macs
    assert probe.cost.train_pflop < tuned.cost.train_pflop
    recipe = study.record.request.variants[0].recipe
    assert (recipe.batch_size, recipe.epochs, recipe.network.trunk.drop_path) == (24, 2, 0.2)
