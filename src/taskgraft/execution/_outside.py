"""What runs need besides records and data, such as files of weights: looked at before any is begun."""

from __future__ import annotations

from collections.abc import Iterable

from taskgraft.errors import before_work
from taskgraft.execution._run_spec import RunSpec
from taskgraft.network import trunk_family
from taskgraft.recipe import TrunkSpec

ImageShape = tuple[int, int, int]


def check_outside(specs: Iterable[RunSpec], image_shape: ImageShape) -> None:
    """Refuses runs whose trunks name what cannot be used; nothing is downloaded.

    Args:
        specs: Runs that are still to be done.
        image_shape: Channels, height and width.

    Raises:
        RequestError: If a file is missing, or is not what it should be.
    """
    with before_work():
        for trunk in _trunks(specs):
            trunk_family(trunk).check(trunk, image_shape)


def fetch_outside(specs: Iterable[RunSpec], image_shape: ImageShape) -> None:
    """Gets what trunks name elsewhere, once for all runs, before a study is written.

    Raises:
        DataError: If it is not available.
    """
    for trunk in _trunks(specs):
        trunk_family(trunk).fetch(trunk, image_shape)


def _trunks(specs: Iterable[RunSpec]) -> Iterable[TrunkSpec]:
    return dict.fromkeys(spec.variant.recipe.network.trunk for spec in specs)
