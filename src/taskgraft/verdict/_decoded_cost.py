"""What a variant costs as it is decoded: a network that no decoding looks at need not run."""

from __future__ import annotations

from collections.abc import Collection

from taskgraft.errors import TaskgraftError
from taskgraft.recipe import Variant
from taskgraft.scores import levels_read
from taskgraft.study import RunCost, Study


def macs_read(study: Study, variant: Variant, cost: RunCost, decoding: str) -> int:
    """Multiply-accumulates for one image, of what a decoding reads and of what flows into that.

    Args:
        study: Its classes and image shape.
        variant: Whose network it is.
        cost: Of one of its runs.
        decoding: Name of the decoding.

    Returns:
        All of it also where the network cannot be built here: a backbone whose extra is missing, or a record
        of sizes that nothing has.
    """
    architecture = variant.architecture
    levels = levels_read(decoding, architecture.levels)
    if architecture.read_for(levels) == architecture:
        return cost.macs
    if cost.finest_macs is not None and levels == architecture.levels[-1:]:
        return cost.finest_macs
    try:
        return round(cost.macs * _share_read(study, variant, levels))
    except (TaskgraftError, ArithmeticError, RuntimeError, ValueError, MemoryError):
        return cost.macs


def _share_read(study: Study, variant: Variant, levels: Collection[str]) -> float:
    """Of all multiply-accumulates of the network, for a run that has no record of it."""
    # It loads torch, which takes longer than most reports.
    from taskgraft.network import cost, reading_macs  # noqa: PLC0415

    of = variant.recipe.network, study.taxonomy.num_classes, study.record.request.data.image_shape
    return reading_macs(variant.architecture, *of, levels) / cost(variant.architecture, *of).macs
