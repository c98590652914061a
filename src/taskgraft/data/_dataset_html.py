"""What a notebook shows of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskgraft.data.labels import SPLITS
from taskgraft.notebook_table import facts_table

if TYPE_CHECKING:
    from taskgraft.data._dataset import Dataset

_MOST_REMARKS = 3


def dataset_html(data: Dataset) -> str:
    """A dataset as a small table: what it is of, how much of it there is, what was decided on the way."""
    channels, height, width = data.image_shape
    taxonomy = data.taxonomy
    facts = {
        "data": data.provenance.source,
        "split": data.provenance.split,
        "images": ", ".join(f"{number:,} {split}" for split, number in data.num_images.items()),
        "of": f"{height} x {width} pixels, {channels} channel{'s' if channels > 1 else ''}",
        "levels": (" > " if taxonomy.is_tree else ", ").join(
            f"{level.name} ({level.num_classes:,})" for level in taxonomy.levels
        ),
        "classes": "; ".join(_sizes(data)),
        "without a label": "; ".join(_gaps(data)) or "none",
    }
    remarks = data.provenance.remarks
    more = [f"and {len(remarks) - _MOST_REMARKS:,} more remarks"] if len(remarks) > _MOST_REMARKS else []
    return facts_table(facts, [*remarks[:_MOST_REMARKS], *more])


def _sizes(data: Dataset) -> Iterator[str]:
    """How many images the classes of each level have."""
    for number, level in enumerate(data.taxonomy.levels):
        counts = [
            sum(int((data.labels_of(split)[:, number] == k).sum()) for split in SPLITS)
            for k in range(level.num_classes)
        ]
        yield f"{level.name}: {min(counts):,} to {max(counts):,} images each"


def _gaps(data: Dataset) -> Iterator[str]:
    for number, level in enumerate(data.taxonomy.levels):
        missing = sum(int((data.labels_of(split)[:, number] < 0).sum()) for split in SPLITS)
        if missing:
            yield f"{level.name}: {missing:,} images"
