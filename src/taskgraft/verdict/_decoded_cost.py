"""What a variant costs as it is decoded: a network that no decoding looks at need not run."""

from __future__ import annotations

from taskgraft.errors import TaskgraftError
from taskgraft.network import cost, reading_macs
from taskgraft.recipe import Variant
from taskgraft.scores import levels_read
from taskgraft.study import Study


def macs_read(study: Study, variant: Variant, recorded: int, decoding: str) -> int:
    """Multiply-accumulates for one image, of what a decoding reads and of what flows into that.

    Args:
        study: Its classes and image shape.
        variant: Whose network it is.
        recorded: Multiply-accumulates of all of it, as its runs recorded them.
        decoding: Name of the decoding.

    Returns:
        All of it also where the network cannot be built here: a backbone whose extra is missing, or a record
        of sizes that nothing has.
    """
    architecture, spec = variant.architecture, variant.recipe.network
    levels = levels_read(decoding, architecture.levels)
    if architecture.read_for(levels) == architecture:
        return recorded
    size = study.taxonomy.num_classes, study.record.request.data.image_shape
    try:
        all_of_it = cost(architecture, spec, *size).macs
        return round(recorded * reading_macs(architecture, spec, *size, levels) / all_of_it)
    except (TaskgraftError, ArithmeticError, RuntimeError, ValueError, MemoryError):
        return recorded
