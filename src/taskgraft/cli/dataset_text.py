"""A dataset as text and as plain data: what `taskgraft data show` prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from taskgraft.data import SPLITS, Dataset
from taskgraft.legible import one_line
from taskgraft.taxonomy import Taxonomy

_MOST_SKIPPED = 20


def dataset_json(loaded: Dataset) -> dict[str, Any]:
    """The dataset as plain data, for `--json`."""
    provenance = loaded.provenance
    return {
        "source": provenance.source,
        "split": provenance.split,
        "is_official": provenance.is_official,
        "options": provenance.options,
        "notes": list(provenance.notes),
        "skipped": [{"name": name, "reason": reason} for name, reason in provenance.skipped],
        "image_shape": loaded.image_shape,
        "num_images": loaded.num_images,
        "is_tree": loaded.taxonomy.is_tree,
        "levels": [_describe_level(loaded, i) for i in range(loaded.taxonomy.num_levels)],
    }


def _describe_level(loaded: Dataset, number: int) -> dict[str, Any]:
    """A level, its classes with their images of each split, and how many images have no label there."""
    level = loaded.taxonomy.levels[number]
    labels = {split: loaded.labels_of(split)[:, number] for split in SPLITS}
    counts = {
        split: np.bincount(own[own >= 0], minlength=level.num_classes).tolist()
        for split, own in labels.items()
    }
    return {
        "name": level.name,
        "num_classes": level.num_classes,
        "num_unlabelled": {split: int((own < 0).sum()) for split, own in labels.items()},
        "classes": [
            {"name": name, **{split: counts[split][k] for split in SPLITS}}
            for k, name in enumerate(level.classes)
        ],
    }


def dataset_lines(loaded: Dataset) -> list[str]:
    """Sizes and levels, what to know of them, then the classes with their images of train, val and test."""
    described = dataset_json(loaded)
    channels, height, width = loaded.image_shape
    images = ", ".join(f"{count:,} {split}" for split, count in loaded.num_images.items())
    levels = ", ".join(f"{level.name} ({level.num_classes})" for level in loaded.taxonomy.levels)
    return [
        f"{described['source']}: {described['split']}",
        f"{images} images of {height}x{width}, {channels} channel{'s' if channels > 1 else ''}",
        f"levels: {levels}" + ("" if loaded.taxonomy.is_tree else ", with no tree between them"),
        *_remarks(described),
        "",
        *_table(_rows(loaded.taxonomy, described)),
    ]


def _remarks(described: dict[str, Any]) -> list[str]:
    """What was decided on the way, which labels are missing, and which files were left out."""
    remarks = [f"note: {note}" for note in described["notes"]]
    for level in described["levels"]:
        if any(level["num_unlabelled"].values()):
            counts = ", ".join(f"{count:,} {split}" for split, count in level["num_unlabelled"].items())
            remarks.append(f"no {level['name']} label: {counts}")
    skipped = described["skipped"]
    if skipped:
        remarks.append(f"left out: {len(skipped):,} file{'s' if len(skipped) > 1 else ''}")
        remarks += [f"  {one['name']}: {one['reason']}" for one in skipped[:_MOST_SKIPPED]]
    if len(skipped) > _MOST_SKIPPED:
        remarks.append(f"  and {len(skipped) - _MOST_SKIPPED:,} more; --json names them all")
    return remarks


def _rows(taxonomy: Taxonomy, described: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    """An indented name and its class, each class followed by its children; without a tree, level by level."""
    levels = described["levels"]
    if not taxonomy.is_tree:
        return [
            row
            for level in levels
            for row in ((level["name"], None), *((f"  {one['name']}", one) for one in level["classes"]))
        ]

    def below(depth: int, index: int) -> list[tuple[str, dict[str, Any] | None]]:
        own = levels[depth]["classes"][index]
        found: list[tuple[str, dict[str, Any] | None]] = [("  " * depth + own["name"], own)]
        if depth + 1 < taxonomy.num_levels:
            for child in np.flatnonzero(taxonomy.parents_of(depth + 1) == index):
                found += below(depth + 1, int(child))
        return found

    return [row for k in range(taxonomy.num_classes[0]) for row in below(0, k)]


def _table(rows: list[tuple[str, dict[str, Any] | None]]) -> list[str]:
    names = [one_line(name) for name, _ in rows]
    width = max(map(len, names))
    lines = [f"{'class':{width}}" + "".join(f"{split:>8}" for split in SPLITS)]
    for name, (_, own) in zip(names, rows, strict=True):
        lines.append(name if own is None else f"{name:{width}}" + "".join(f"{own[s]:8}" for s in SPLITS))
    return lines
