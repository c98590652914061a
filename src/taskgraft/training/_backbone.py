"""A recipe with a trunk from timm in place of the one it has."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from taskgraft.errors import Phrase, RequestError, before_work
from taskgraft.network import HUB, has_drop_path, pretrained_config, weights_digest
from taskgraft.parameter import Parameter
from taskgraft.place import check_is_text, expanded
from taskgraft.recipe import NOTHING_SET, Recipe, Sgd, TimmTrunkSpec, changed, keys_of, shown

_PREFIX = "timm/"

# Of `quick`, which trains the most usual of timm's networks from scratch; trained ones are moved more gently.
_FROM_SCRATCH = Sgd(learning_rate=0.1, momentum=0.9, weight_decay=5e-4)
_TRAINED = Sgd(learning_rate=0.01, momentum=0.9, weight_decay=5e-4)


def with_trunk(
    recipe: Recipe,
    trunk: str,
    weights: str | Path | None = None,
    is_set: Collection[str] = NOTHING_SET,
) -> Recipe:
    """The recipe with one of timm's networks for a trunk; all else stays, but what such a trunk rules out.

    Images do not grow, since not all of timm's networks take several sizes, and Muon, which holds weights at
    a length that a batch norm must make up for, gives way to SGD. Pretrained weights are moved gently.

    Args:
        recipe: Any.
        trunk: `timm/<network>`, such as `timm/resnet18`; a tag (`timm/resnet18.a1_in1k`) says which of
            several published sets of weights is meant.
        weights: `hub` for timm's published ones; the path of a .safetensors file, whose digest is taken down;
            or None for random ones, but for published ones in a recipe that has a published trunk.
        is_set: Key paths of values that stay, such as `optimizer.learning_rate`.

    Raises:
        RequestError: If timm is not installed, the name is unknown, the weights are neither, or a value that
            is set does not go with such a trunk, or the file cannot be read.
    """
    if not trunk.startswith(_PREFIX) or trunk == _PREFIX:
        raise RequestError.expected(Parameter("trunk"), "timm/<network>", trunk, "Try timm/resnet18.")
    before, spec = recipe.network.trunk, TimmTrunkSpec(backbone=trunk.removeprefix(_PREFIX))
    if isinstance(before, TimmTrunkSpec):
        weights = weights or (HUB if before.weights == HUB else None)
        spec = _with_drop_path(spec, before.drop_path, is_set)
        if "network.trunk.stages" in is_set:
            spec = spec.model_copy(update={"stages": before.stages})
    spec = _with_weights(spec, weights)
    changes: dict[str, Any] = {"network.trunk": spec, **_optimizer_changes(recipe, spec, is_set)}
    return changed(recipe, changes if "growth" in is_set else {**changes, "growth": ()})


def check_growth(recipe: Recipe) -> None:
    """Refuses images of several sizes for a network of timm that is built for one.

    Raises:
        RequestError: If the recipe has both.
    """
    trunk = recipe.network.trunk
    if recipe.growth and isinstance(trunk, TimmTrunkSpec) and pretrained_config(trunk).fixed_input_size:
        raise RequestError.expected(
            "growth",
            f"empty for {trunk.title}, which is built for images of one size",
            Phrase(shown(recipe.growth)),
            "Leave it out, or use a trunk of convolutions.",
        ).about("growth")


def _optimizer_changes(recipe: Recipe, spec: TimmTrunkSpec, is_set: Collection[str]) -> dict[str, Any]:
    """The optimizer that suits the trunk, with the values that were set; nothing where the recipe's does."""
    kind = recipe.optimizer.kind
    if kind == "muon" and "optimizer.kind" in is_set:
        # Refused by the recipe itself, with the reason.
        return {}
    if spec.weights is not None and kind not in ("adam", "adamw"):
        suited = _TRAINED
    elif kind == "muon":
        suited = _FROM_SCRATCH
    else:
        return {}
    values = {key.path: key.value for key in keys_of(suited, "optimizer.")}
    given = {key.path: key.value for key in keys_of(recipe.optimizer, "optimizer.") if key.path in is_set}
    return {**values, **given, "optimizer.kind": suited.kind}


def _with_drop_path(spec: TimmTrunkSpec, drop_path: float, is_set: Collection[str]) -> TimmTrunkSpec:
    """The trunk with the stochastic depth of the one before, where the network has it or it was set."""
    pretrained_config(spec)
    deep = spec.model_copy(update={"drop_path": drop_path})
    return deep if drop_path and ("network.trunk.drop_path" in is_set or has_drop_path(deep)) else spec


def _with_weights(spec: TimmTrunkSpec, weights: str | Path | None) -> TimmTrunkSpec:
    config = pretrained_config(spec)
    if weights is None:
        return spec
    if weights == HUB:
        # The tag says which of several published sets; a newer timm may prefer another one.
        name, _, tag = spec.backbone.partition(".")
        tagged = ".".join(part for part in (name, tag or config.tag) if part)
        return spec.model_copy(update={"backbone": tagged, "weights": HUB})
    path = expanded(Parameter("trunk_weights"), weights)
    check_is_text(Parameter("trunk_weights"), path)
    if path.suffix.lower() != ".safetensors":
        raise RequestError.expected(
            f"the weights of {Parameter('trunk')}",
            "'hub' or a .safetensors file",
            weights,
            "Other formats can run code when read; convert with safetensors.torch.save_file.",
        )
    with before_work():
        digest = weights_digest(path)
    return spec.model_copy(update={"weights": str(path), "weights_sha256": digest})
