"""Models whose description or weights were changed, sealed as if whoever made them meant it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hostile_place import RUN, Place
from torch import Tensor

from taskgraft.taxonomy import Level, Taxonomy
from trained_model import parts, put_together

Make = Callable[[Place, Path], None]
"""Puts a hostile file at a path."""

Description = dict[str, Any]
Tensors = dict[str, Tensor]


def parts_of(place: Place) -> tuple[Description, Tensors]:
    return parts(place.outside / "study" / RUN / "model.safetensors")


def described(change: Callable[[Description], object]) -> Make:
    """Another description under a checksum that holds."""

    def make(place: Place, path: Path) -> None:
        description, tensors = parts_of(place)
        change(description)
        put_together(path, description, tensors)

    return make


def weighing(change: Callable[[Tensors], object]) -> Make:
    """Other weights under a checksum that holds."""

    def make(place: Place, path: Path) -> None:
        description, tensors = parts_of(place)
        change(tensors)
        put_together(path, description, tensors)

    return make


def filled(value: float) -> Make:
    return weighing(lambda tensors: [t.fill_(value) for t in tensors.values() if t.is_floating_point()])


def of_type(kind: torch.dtype) -> Make:
    def change(tensors: Tensors) -> None:
        for name in tensors:
            tensors[name] = tensors[name].to(kind)

    return weighing(change)


def with_spec(part: str, **values: Any) -> Make:
    return described(lambda d: d["network"]["spec"][part].update(values))


def with_architecture(**values: Any) -> Make:
    return described(lambda d: d["network"]["architecture"].update(values))


def with_timm(backbone: str, **values: Any) -> Make:
    trunk = {"family": "timm", "backbone": backbone, "weights": None, "weights_sha256": None, **values}
    return described(lambda d: d["network"]["spec"].update(trunk=trunk))


def named(name: str) -> Make:
    """One of whose levels and classes, and all else that has a name, is called so."""

    def change(d: Description) -> None:
        taxonomy = d["taxonomy"]
        levels = [
            Level(f"{name}{i}", tuple(f"{name}{k}" for k in range(len(level["classes"]))))
            for i, level in enumerate(taxonomy["levels"])
        ]
        of = Taxonomy(tuple(levels), tuple(map(tuple, taxonomy["parents"])))
        names = dict(zip([level["name"] for level in taxonomy["levels"]], of.level_names, strict=True))
        d["taxonomy"] = {**of.to_dict(), "digest": of.digest()}
        architecture = d["network"]["architecture"]
        architecture["levels"] = list(of.level_names)
        for flow in architecture["flows"]:
            flow.update(source=names[flow["source"]], target=names[flow["target"]])
        for part in ("temperatures", "pool_weights"):
            d[part] = d[part] and {names[level]: value for level, value in d[part].items()}
        d["origin"].update(variant=name, study=name, data=name, created=name)
        d["version"] = architecture["name"] = name

    return described(change)


def with_taxonomy(**values: Any) -> Make:
    """A taxonomy of something else, with the digest that whoever made it would give it."""

    def change(d: Description) -> None:
        d["taxonomy"].update(values)
        d["taxonomy"]["digest"] = _digest(d["taxonomy"])

    return described(change)


def _digest(taxonomy: Description) -> str:
    content = {name: taxonomy[name] for name in ("levels", "parents")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def normalised(mean: float, std: float) -> Make:
    """Another normalisation, in the description and in the weights."""

    def make(place: Place, path: Path) -> None:
        description, tensors = parts_of(place)
        tensors["pixel_mean"].fill_(mean)
        tensors["pixel_std"].fill_(std)
        for name in ("mean", "std"):
            description["preprocessing"][name] = tensors[f"pixel_{name}"].flatten().tolist()
        put_together(path, description, tensors)

    return make


def with_promise(**values: Any) -> Make:
    return described(
        lambda d: d.update(promise={"critical": [], "num_critical": 0, "num_images": 60, **values})
    )
