"""A trained model in a line, and as a small table for notebooks."""

from __future__ import annotations

from typing import Any

from taskgraft.inference._description import ModelDescription, versions_of
from taskgraft.legible import one_line
from taskgraft.notebook_table import facts_table


def about(description: ModelDescription) -> str:
    """A model in one line.

    Args:
        description: Of the model.
    """
    # A terminal shows it as it is.
    return one_line(f"Model({_name(description)}: {_levels(description)}, from {_input(description)})")


def identity(description: ModelDescription) -> dict[str, Any]:
    """Which model it is, as plain data that stands beside its predictions.

    Args:
        description: Of the model.
    """
    return {
        **description.origin.model_dump(),
        "decoding": description.decoding,
        "taxonomy_digest": description.taxonomy.digest,
        "tree_versions": [each.model_dump() for each in versions_of(description)],
    }


def about_html(description: ModelDescription) -> str:
    """A model as a table."""
    promise = description.promise
    rows = {
        "model": _name(description),
        "levels": _levels(description),
        "input": _input(description),
        "decoding": description.decoding,
        "trained on": description.origin.data,
        "target accuracy": f"promised by {promise.num_images:,} validation images" if promise else "none",
        "made": description.origin.created,
    }
    return facts_table(rows)


def _name(description: ModelDescription) -> str:
    origin = description.origin
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    return f"{origin.variant}{seed}" + (f" of {origin.study}" if origin.study else "")


def _levels(description: ModelDescription) -> str:
    taxonomy = description.taxonomy
    return (" > " if taxonomy.parents else ", ").join(
        f"{level.name} ({len(level.classes):,})" for level in taxonomy.levels
    )


def _input(description: ModelDescription) -> str:
    return f"uint8 {' x '.join(map(str, description.network.image_shape))}"
