"""A model trained in a moment, and its file taken apart and put together again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import Tensor

from taskgraft.architecture import known_architectures
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.inference import Model, describe_model, fit_use, origin_of, predict_logits
from taskgraft.inference._model_file import METADATA_KEY
from taskgraft.recipe import Recipe
from taskgraft.tensor_seal import tensor_seal
from taskgraft.training import train

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


def trained_model(data: Dataset, recipe: Recipe, name: str = "shared-coarse-to-fine") -> Model:
    """A model of one epoch, as a run makes it."""
    short = recipe.model_copy(update={"epochs": 1.0})
    network = train(known_architectures(data.taxonomy.level_names)[name], data, short, 0, F32)[0]
    logits = predict_logits(network, data, "val", F32, flip=recipe.test_time_flip)
    description = describe_model(
        network,
        short,
        data,
        origin_of(name, data, seed=0, data_digest=data.digest(), study="a study"),
        use=fit_use(logits, data.labels_of("val"), data.taxonomy),
    )
    return Model(network, description)


def parts(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The JSON and the tensors of a model's file."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"][METADATA_KEY]), load_file(path)


def put_together(path: Path, description: Any, tensors: dict[str, Tensor]) -> None:
    """Writes a model's file whose seal holds, as whoever means harm would."""
    if isinstance(description, dict):
        description.pop("sha256", None)
        canonical = json.dumps(description, sort_keys=True, separators=(",", ":"))
        description["sha256"] = tensor_seal(canonical, tensors)
    path.write_bytes(save(tensors, {METADATA_KEY: json.dumps(description)}))
