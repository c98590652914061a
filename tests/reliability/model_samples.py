"""Valid model files that together have every field of a model's description, for tests that spoil them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from made_model import TINY, made_model
from taskgraft.architecture import Architecture, Experts, Flow, Mixing
from taskgraft.inference import Model, Origin, read_model, write_model
from taskgraft.inference._description import PromiseDescription
from taskgraft.network import MIXERS, Mixer
from taskgraft.recipe import BranchSpec, KerasBlocksSpec, NetworkSpec, ResidualSpec, StageSpec, TimmTrunkSpec
from taskgraft.remapping import remap
from taskgraft.taxonomy import Taxonomy
from trained_model import parts

Parts = tuple[dict[str, Any], dict[str, Any]]
"""A description as plain data, and the weights."""

_MIXER = "swapped lanes"
_LEVELS = ("kind", "variety")
_FLOW = Flow(*_LEVELS, "probs", passes_gradient=False)
_ARCHITECTURES = {
    "mixed": Architecture("mixed", _LEVELS, "separate", mixers=(Mixing(1, _MIXER),)),
    "forked": Architecture("forked", _LEVELS, "forked", (_FLOW,), width_ratio=1.5, forks=(1, 2)),
    "experts": Architecture(
        "experts", _LEVELS, mixers=(Mixing(1, "gates"), Mixing(2, "gates")), experts=Experts(1, 1)
    ),
    "attended": Architecture("attended", _LEVELS, "shared", mixers=(Mixing(2, "attention"),)),
    "summed": Architecture("summed", _LEVELS, derived=_LEVELS[:1]),
}
_BRANCH = BranchSpec(fc_1=(4,), fc_2=(4,), dropout=0.1)
_STAGE = StageSpec(entry_kernel=2, inner_width=4, inner_kernels=(3, 3))
_SPECS = {
    "keras": KerasBlocksSpec(stem_width=4, stage_widths=(4,)),
    "residual": ResidualSpec(stem_width="whitened", stage_widths=(4, 4), stages=(_STAGE,) * 2),
    "timm": TimmTrunkSpec(backbone="test_resnet"),
    "stages of timm": TimmTrunkSpec(backbone="test_resnet", stages=5),
}
_DESCRIBED: dict[str, Any] = {
    "promise": PromiseDescription(critical=(0.2, 0.5, 0.8), num_critical=3, num_images=60),
    "origin": Origin(
        study="a study",
        variant="v",
        seed=0,
        data="d",
        data_digest="0" * 64,
        partition=2,
        created="2026-11-29",
    ),
}


class Swapped(Mixer):
    """Gives each lane the maps of another one."""

    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """The same maps, in another order."""
        del entered
        return lanes[::-1]


@contextmanager
def samples(folder: Path) -> Iterator[list[Parts]]:
    """Models of each family of trunks and each way to join them, written and taken apart.

    Args:
        folder: For their files.
    """
    MIXERS.add(_MIXER)(Swapped)
    try:
        taken = []
        for model in _sample_models():
            path = folder / f"sample-{len(taken)}.safetensors"
            write_model(path, model.network, model.description)
            taken.append(parts(path))
        taken.append(parts(_remapped(folder / "sample-0.safetensors")))
        yield taken
    finally:
        MIXERS.remove(_MIXER)


def _remapped(path: Path) -> Path:
    """The same model under a tree without one class."""
    older = read_model(path).taxonomy
    newer = Taxonomy.from_names(older.level_names, older.paths(1)[1:])
    return remap(path, taxonomy=newer, out=path.with_name("remapped.safetensors")).path


def _sample_models() -> Iterator[Model]:
    for architecture in _ARCHITECTURES.values():
        yield made_model(architecture, spec=TINY, **_DESCRIBED)
    for trunk in _SPECS.values():
        side = 32 if trunk.family == "timm" else 19
        spec = NetworkSpec(trunk=trunk, branch=_BRANCH, conventions="modern")
        yield made_model("shared", spec=spec, shape=(3, side, side), **_DESCRIBED)
