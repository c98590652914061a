"""What a file says of itself: plain data under documented keys (`docs/export.md`), for every target."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from taskgraft.export._names import CERTAINTY, DEPTH, PATH, PIXELS, outputs_of
from taskgraft.inference import Model, model_digest
from taskgraft.pictures import REDUCING_GAP, RESAMPLING

FORMAT = 1
"""Version of the keys; it goes up when a reader of older ones would read a newer file wrongly."""

PREFIX = "taskgraft"

Description = dict[str, Any]


@dataclass(frozen=True)
class PromiseMade:
    """How sure the classes are that `depth` counts.

    Attributes:
        target_accuracy: Share of the pictures whose answer has to be right; None where nothing was demanded.
        confidence: With which that holds; None likewise.
        threshold: The least certainty of a class that is said; None where every class is.
    """

    target_accuracy: float | None = None
    confidence: float | None = None
    threshold: float | None = None


def describe(
    model: Model, target: str, precision: str, promise: PromiseMade, packages: tuple[str, ...]
) -> Description:
    """Describes the file that a model becomes.

    Args:
        model: What is exported.
        target: The kind of file.
        precision: Of its weights or layers.
        promise: What `depth` rests on.
        packages: Those whose versions decide what is in the file.
    """
    of, taxonomy = model.description, model.taxonomy
    levels = zip(taxonomy.level_names, outputs_of(taxonomy.level_names), strict=True)
    return {
        "format": FORMAT,
        "target": target,
        "precision": precision,
        "input": {"name": PIXELS, "dtype": "uint8", "shape": ["batch", *model.image_shape]},
        "outputs": {
            "path": PATH,
            "depth": DEPTH,
            "certainty": CERTAINTY,
            "levels": [{"level": name, **asdict(outputs)} for name, outputs in levels],
        },
        "taxonomy": of.taxonomy.model_dump(mode="json"),
        "preprocessing": _preprocessing(model),
        "test_time_flip": of.test_time_flip,
        "decoding": of.decoding,
        "temperatures": of.temperatures,
        "pool_weights": of.pool_weights,
        "promise": asdict(promise),
        "origin": of.origin.model_dump(mode="json"),
        "versions": {name: version(name) for name in (PREFIX, "torch", "pillow", *packages)},
        "model_digest": model_digest(model.network, model.description),
    }


def as_entries(description: Description) -> dict[str, str]:
    """Each key with its value as JSON: plain ASCII, whatever classes are called.

    Example:
        >>> as_entries({"format": 1, "decoding": "joint"})
        {'format': '1', 'decoding': '"joint"'}
    """
    return {key: json.dumps(value) for key, value in description.items()}


def from_entries(entries: dict[str, str]) -> Description:
    """What `as_entries` was given."""
    return {key: json.loads(value) for key, value in entries.items()}


def as_text(description: Description) -> str:
    """The description as one JSON text."""
    return json.dumps(description, indent=2) + "\n"


def _preprocessing(model: Model) -> dict[str, Any]:
    """How `predict` makes pixels of a picture, also where nobody knows how the training pixels were made."""
    recorded = model.description.preprocessing
    return {
        **recorded.model_dump(mode="json"),
        "fit": recorded.fit or "crop",
        "resampling": RESAMPLING,
        "is_recorded": recorded.fit is not None,
        "reducing_gap": REDUCING_GAP,
        "background": 255,
    }
