"""A dataset at a glance: as plain data with every class, and as text that fits a screen."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from taskgraft.data._dataset import Dataset
from taskgraft.data.labels import SPLITS
from taskgraft.legible import one_line, shortened

_WIDTH = 80
_COUNT = 8
_MOST_SKIPPED = 20
# Up to so many classes all have a row; of more, so many rows are shown, and so many children of a class.
_MOST_ROWS, _EXCERPT, _MOST_CHILDREN = 40, 20, 3
_LONGEST_NAME = 24
_EXTREMES = 3


def overview(data: Dataset) -> dict[str, Any]:
    """A dataset as plain data: where it is from, its sizes, and the images of every class by split.

    Example:
        >>> from taskgraft.data.sources import load
        >>> summary = overview(load("shapes", num_train=160, num_test=32))
        >>> summary["levels"][0]["classes"][0]
        {'name': 'plain', 'train': 36, 'val': 4, 'test': 8}
    """
    provenance = data.provenance
    return {
        "source": provenance.source,
        "split": provenance.split,
        "is_official": provenance.is_official,
        "options": provenance.options,
        "notes": list(provenance.notes),
        "skipped": [{"name": name, "reason": reason} for name, reason in provenance.skipped],
        "image_shape": data.image_shape,
        "num_images": data.num_images,
        "is_tree": data.taxonomy.is_tree,
        "levels": [_level(data, i) for i in range(data.taxonomy.num_levels)],
    }


def _level(data: Dataset, number: int) -> dict[str, Any]:
    """A level: its classes with their images by split, and how many images have no label at it."""
    level = data.taxonomy.levels[number]
    labels = {split: data.labels_of(split)[:, number] for split in SPLITS}
    counts = {
        split: np.bincount(column[column >= 0], minlength=level.num_classes).tolist()
        for split, column in labels.items()
    }
    return {
        "name": level.name,
        "num_classes": level.num_classes,
        "num_unlabelled": {split: int((column < 0).sum()) for split, column in labels.items()},
        "classes": [
            {"name": name, **{split: counts[split][k] for split in SPLITS}}
            for k, name in enumerate(level.classes)
        ],
    }


def overview_text(data: Dataset, summary: dict[str, Any], elsewhere: str) -> list[str]:
    r"""A dataset in lines of 80 columns, some 60 at most.

    Beyond 40 classes it shows the largest and the smallest of each level, and some of the tree.

    Args:
        data: The dataset.
        summary: Its `overview`.
        elsewhere: What lists all that is cut short here, in words.

    Example:
        >>> from taskgraft.data.sources import load
        >>> data = load("shapes", num_train=160, num_test=32, num_levels=1)
        >>> print(*overview_text(data, overview(data), "the page")[:2], sep="\n")
        shapes: drawn from seed 0
        144 train, 16 val, 32 test images of 32x32, 3 channels
    """
    channels, height, width = data.image_shape
    images = ", ".join(f"{count:,} {split}" for split, count in data.num_images.items())
    levels = ", ".join(f"{level.name} ({level.num_classes:,})" for level in data.taxonomy.levels)
    num_classes = sum(data.taxonomy.num_classes)
    lines = [
        f"{summary['source']}: {summary['split']}",
        f"{images} images of {height}x{width}, {channels} channel{'s' if channels > 1 else ''}",
        *_wrapped(f"levels: {levels}" + ("" if data.taxonomy.is_tree else ", with no tree between them")),
        *_remarks(summary, elsewhere),
        "",
    ]
    if num_classes <= _MOST_ROWS:
        return [*lines, *_table(list(_rows(data, summary["levels"], num_classes)))]
    rows = list(islice(_rows(data, summary["levels"], _MOST_CHILDREN), _EXCERPT))
    num_left = num_classes - sum(row.counts is not None for row in rows)
    extremes = (line for level in summary["levels"] for line in _extremes(level))
    return [*lines, *extremes, "", *_table(rows), f"{num_left:,} more classes: {elsewhere} lists them all"]


def _remarks(summary: dict[str, Any], elsewhere: str) -> Iterator[str]:
    """What was decided on the way, which labels are missing, and which files were left out."""
    for note in summary["notes"]:
        yield from _wrapped(f"note: {note}")
    for level in summary["levels"]:
        if any(level["num_unlabelled"].values()):
            counts = ", ".join(f"{count:,} {split}" for split, count in level["num_unlabelled"].items())
            yield f"no {level['name']} label: {counts}"
    skipped = summary["skipped"]
    if skipped:
        yield f"left out: {len(skipped):,} file{'s' if len(skipped) > 1 else ''}"
    for one in skipped[:_MOST_SKIPPED]:
        yield from _wrapped(f"  {one['name']}: {one['reason']}", "    ")
    if len(skipped) > _MOST_SKIPPED:
        yield f"  and {len(skipped) - _MOST_SKIPPED:,} more; {elsewhere} names them all"


def _extremes(level: dict[str, Any]) -> Iterator[str]:
    """How many images the classes of a level have: the largest and the smallest."""
    sizes = [sum(one[split] for split in SPLITS) for one in level["classes"]]
    name = f"{one_line(level['name'])}: {len(sizes):,} classes"
    if min(sizes) == max(sizes):
        yield f"{name} of {min(sizes):,} images each"
        return
    yield f"{name} of {min(sizes):,} to {max(sizes):,} images"
    order = sorted(range(len(sizes)), key=lambda k: -sizes[k])
    for words, chosen in (("largest", order[:_EXTREMES]), ("smallest", order[: -_EXTREMES - 1 : -1])):
        names = [
            f"{shortened(one_line(level['classes'][k]['name']), _LONGEST_NAME)} ({sizes[k]:,})"
            for k in chosen
        ]
        while len(f"  {words}: {', '.join(names)}") > _WIDTH:
            names.pop()
        yield f"  {words}: {', '.join(names)}"


@dataclass(frozen=True)
class _Row:
    """A line of the table: a class with its counts, or the name of a level, or what is left out."""

    depth: int
    text: str
    counts: dict[str, Any] | None = None


def _rows(data: Dataset, levels: list[dict[str, Any]], most: int) -> Iterator[_Row]:
    """Each class, followed by at most so many of its children; without a tree, each level and its classes."""
    if not data.taxonomy.is_tree:
        for level in levels:
            yield _Row(0, level["name"])
            yield from (_Row(1, one["name"], one) for one in level["classes"][:most])
            yield from _more(1, level["num_classes"] - most)
        return
    depths = range(1, data.taxonomy.num_levels)
    children = [_children(data.taxonomy.parents_of(depth).tolist()) for depth in depths]

    def walk(depth: int, index: int) -> Iterator[_Row]:
        one = levels[depth]["classes"][index]
        yield _Row(depth, one["name"], one)
        below = children[depth][index] if depth < len(children) else []
        for child in below[:most]:
            yield from walk(depth + 1, child)
        yield from _more(depth + 1, len(below) - most)

    for index in range(data.taxonomy.num_classes[0]):
        yield from walk(0, index)


def _children(parents: list[int]) -> defaultdict[int, list[int]]:
    children = defaultdict(list)
    for child, parent in enumerate(parents):
        children[parent].append(child)
    return children


def _more(depth: int, number: int) -> Iterator[_Row]:
    if number > 0:
        yield _Row(depth, f"and {number:,} more")


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    names = [shortened("  " * row.depth + one_line(row.text), _WIDTH - _COUNT * len(SPLITS)) for row in rows]
    width = max(map(len, names))
    yield f"{'class':{width}}" + "".join(f"{split:>{_COUNT}}" for split in SPLITS)
    for name, row in zip(names, rows, strict=True):
        counts = row.counts
        yield name if counts is None else f"{name:{width}}" + "".join(f"{counts[s]:{_COUNT}}" for s in SPLITS)


def _wrapped(text: str, further: str = "  ") -> list[str]:
    return textwrap.wrap(
        one_line(text), _WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
