"""What a notebook shows of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from taskgraft.data._provenance import Provenance
from taskgraft.data.labels import Split
from taskgraft.notebook_table import facts_table
from taskgraft.taxonomy import IntArray, Taxonomy

_MOST_REMARKS = 3


def dataset_html(
    provenance: Provenance,
    taxonomy: Taxonomy,
    image_shape: tuple[int, int, int],
    labels: Mapping[Split, IntArray],
) -> str:
    """A dataset as a small table: what it is of, how much of it there is, what was decided on the way.

    Args:
        provenance: Where it is from.
        taxonomy: Its levels.
        image_shape: Channels, height and width.
        labels: Of each split, (N, L).
    """
    channels, height, width = image_shape
    facts = {
        "data": provenance.source,
        "split": provenance.split,
        "images": ", ".join(f"{len(column):,} {split}" for split, column in labels.items()),
        "of": f"{height} x {width} pixels, {channels} channel{'s' if channels > 1 else ''}",
        "levels": (" > " if taxonomy.is_tree else ", ").join(
            f"{level.name} ({level.num_classes:,})" for level in taxonomy.levels
        ),
        "classes": "; ".join(_sizes(taxonomy, labels)),
        "without a label": "; ".join(_gaps(taxonomy, labels)) or "none",
    }
    remarks = provenance.remarks
    more = [f"and {len(remarks) - _MOST_REMARKS:,} more remarks"] if len(remarks) > _MOST_REMARKS else []
    return facts_table(facts, [*remarks[:_MOST_REMARKS], *more])


def _sizes(taxonomy: Taxonomy, labels: Mapping[Split, IntArray]) -> Iterator[str]:
    """How many images the classes of each level have."""
    for number, level in enumerate(taxonomy.levels):
        column = np.concatenate([part[:, number] for part in labels.values()])
        counts = np.bincount(column[column >= 0], minlength=level.num_classes)
        yield f"{level.name}: {counts.min():,} to {counts.max():,} images each"


def _gaps(taxonomy: Taxonomy, labels: Mapping[Split, IntArray]) -> Iterator[str]:
    for number, level in enumerate(taxonomy.levels):
        missing = sum(int((part[:, number] < 0).sum()) for part in labels.values())
        if missing:
            yield f"{level.name}: {missing:,} images"
