"""At most so many images of each split: of all leaf classes, or of some where two a class would be more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from taskgraft.data._splits import draw_strata, draw_subset
from taskgraft.data.labels import Split
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import IntArray

# An image to train on and one to be held out.
_IMAGES_A_LEAF = 2


def check_limit(limit: object) -> None:
    """Refuses a limit that leaves no class an image to train on and one to be held out.

    Raises:
        RequestError: If it is no such number.
    """
    if not isinstance(limit, int | np.integer) or limit < _IMAGES_A_LEAF:
        rule = f"at least {_IMAGES_A_LEAF}, the images of one leaf class"
        raise RequestError.expected(Parameter("limit"), rule, limit, "Leave it out for all images.")


def limited(
    strata: IntArray, parts: Mapping[Split, IntArray], limit: int, num_leaves: int
) -> tuple[dict[Split, IntArray], tuple[str, ...]]:
    """Keeps at most `limit` images of each split, as even over the leaves as their counts allow.

    Where that is less than two images a leaf class, whole classes are left without images, in every split
    alike: what stays can be learned and judged, and the tree stays as it is.

    Args:
        strata: What splits are even over, of every image of the dataset, shape (N,); see `strata_of`.
        parts: Images of each split, before val is drawn from train; val may be empty.
        limit: At least 2.
        num_leaves: Leaf classes of the tree.

    Returns:
        The images of each split, ascending, and a sentence where classes were left out.

    Example:
        >>> parts = {"train": np.arange(40), "val": np.arange(0), "test": np.arange(40, 60)}
        >>> kept, notes = limited(np.arange(60) % 10, parts, limit=8, num_leaves=10)
        >>> len(kept["train"]), len({*(kept["test"] % 10).tolist()}), notes
        (8, 4, ('Fewer than two images a class: 4 of 10 leaf classes have images, the others none.',))
    """
    notes: tuple[str, ...] = ()
    if limit < _IMAGES_A_LEAF * num_leaves:
        kept = draw_strata(strata, parts, limit // _IMAGES_A_LEAF, fewest=_IMAGES_A_LEAF)
        parts = {split: part[np.isin(strata[part], kept)] for split, part in parts.items()}
        counts = f"{int((kept < num_leaves).sum()):,} of {num_leaves:,}"
        notes = (f"Fewer than two images a class: {counts} leaf classes have images, the others none.",)
    return {split: draw_subset(strata, part, limit) for split, part in parts.items()}, notes
