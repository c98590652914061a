"""Shows a dataset on one page: a row of images for every leaf class, under the names of its ancestors.

Without a tree there are no leaves: then a row for every class of every level, under the name of the level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from taskgraft.data._dataset import Dataset
from taskgraft.data._sheet_drawing import PAPER, length, tile, write
from taskgraft.data.labels import SPLITS, Split
from taskgraft.errors import RequestError
from taskgraft.kinds import NAME, WHOLE_NUMBER, of_class, of_kinds
from taskgraft.taxonomy import IntArray, Taxonomy

# The side of an image on the page by the number of classes it must hold, largest first.
_SIDES = ((96, 20), (64, 128), (32, 300))
_MOST_CLASSES = _SIDES[-1][1]
_MOST_COLUMNS = 8
_ASPECT = 1.4  # width over height the page should come close to

_NAME_WIDTH, _HEADING_HEIGHT, _TITLE_HEIGHT = 124, 36, 76
_GAP, _MARGIN = 2, 24
_TITLE_SIZE, _HEADING_SIZE, _NAME_SIZE = 24, 16, 13
_INK, _PALE, _RULE = "#1d1f24", "#7a7f8a", "#d8dbe0"


_DATASET = of_class("a Dataset", Dataset)


@of_kinds(data=_DATASET, per_class=WHOLE_NUMBER, split=NAME)
def contact_sheet(data: Dataset, *, per_class: int = 8, split: Split = "train") -> Image.Image:
    """Draws a grid of images, a row for each leaf class, grouped by the classes above it.

    An image whose class is not known in a row's level stands in no row of that level.

    Every column of the page begins with its group's heading, so it can be read alone. Small images
    are enlarged by whole factors without smoothing. Beyond 300 classes the page shows 300 of
    them, evenly spaced over the tree, and says so: with eight images a row it stays below 3,600
    pixels a side.

    Args:
        data: The dataset; images with one channel, or of which the first three are red, green, blue.
        per_class: Images in a row, the first of their class in the split.
        split: Which images to show.

    Returns:
        An RGB image; the same data always give the same pixels.

    Raises:
        RequestError: If `per_class` is not from 1 to 16 or there is no such split.

    Example:
        >>> from taskgraft.data.sources import load
        >>> contact_sheet(load("shapes", num_train=160, num_test=16), per_class=2).mode
        'RGB'
    """
    if not 1 <= per_class <= 16:
        raise RequestError.expected("images per class", "from 1 to 16", per_class, "Try 8.")
    if split not in SPLITS:
        raise RequestError.expected("split", "one of " + ", ".join(SPLITS), split, "Try 'train'.")
    rows = _rows(data.taxonomy)
    page = _Page(rows, _side(data, len(rows)), per_class)
    columns = page.arrange()
    width, height = page.size(columns)
    sheet = Image.new("RGB", (width, height), PAPER)
    _write_title(sheet, data, split, num_shown=len(rows))
    for x, column in enumerate(columns):
        _fill_column(sheet, _MARGIN + x * (page.column_width + _MARGIN), column, page, data, split)
    return sheet


@of_kinds(data=_DATASET, per_class=WHOLE_NUMBER, split=NAME)
def images_shown(data: Dataset, *, per_class: int = 8, split: Split = "train") -> list[dict[str, Any]]:
    """Which images stand on the contact sheet, row by row, from left to right.

    Args:
        data: As for `contact_sheet`.
        per_class: As for `contact_sheet`.
        split: As for `contact_sheet`.

    Returns:
        Of each row the `level` and the `class`, and in `images` what the source calls them.

    Example:
        >>> from taskgraft.data.sources import load
        >>> images_shown(load("shapes", num_train=160, num_test=16), per_class=2)[0]
        {'level': 'shape', 'class': 'circle', 'images': ['train 9', 'train 24']}
    """
    return [
        {
            "level": data.taxonomy.level_names[row.level],
            "class": row.name,
            "images": [data.name_of(image) for image in _members(data, split, row, per_class).tolist()],
        }
        for row in _rows(data.taxonomy)
    ]


@dataclass(frozen=True)
class _Row:
    """A class that has a row, and the heading above it and its siblings; empty in a single level."""

    level: int
    number: int
    name: str
    group: int
    heading: tuple[str, ...]


@dataclass(frozen=True)
class _Page:
    """Measures of the page: who goes into which column, and how large that makes it."""

    rows: tuple[_Row, ...]
    side: int
    per_class: int

    @property
    def row_height(self) -> int:
        return self.side + _GAP

    @property
    def column_width(self) -> int:
        return _NAME_WIDTH + self.per_class * (self.side + _GAP)

    @cached_property
    def group(self) -> IntArray:
        """The group of each row."""
        return np.array([row.group for row in self.rows])

    def has_heading(self, column: IntArray) -> npt.NDArray[np.bool_]:
        """Which rows of a column begin with the name of their group."""
        is_first = np.asarray(np.diff(self.group[column], prepend=-1) != 0)
        return is_first & np.fromiter((bool(self.rows[row].heading) for row in column), dtype=np.bool_)

    def size(self, columns: list[IntArray]) -> tuple[int, int]:
        """Width and height of the page in pixels."""
        heights = [
            len(column) * self.row_height + int(self.has_heading(column).sum()) * _HEADING_HEIGHT
            for column in columns
        ]
        width = len(columns) * (self.column_width + _MARGIN) + _MARGIN
        return width, _TITLE_HEIGHT + max(heights) + _MARGIN

    def arrange(self) -> list[IntArray]:
        """Divides the rows into columns of equal length: a pleasant page that tears few groups apart."""

        def displeasure(columns: list[IntArray]) -> float:
            width, height = self.size(columns)
            num_torn = sum(
                self.group[above[-1]] == self.group[below[0]] for above, below in pairwise(columns)
            )
            return abs(math.log(width / height / _ASPECT)) + float(num_torn) / len(columns)

        rows = np.arange(len(self.rows))
        most = min(_MOST_COLUMNS, len(rows))
        return min((np.array_split(rows, n) for n in range(1, most + 1)), key=displeasure)


def _rows(taxonomy: Taxonomy) -> tuple[_Row, ...]:
    """Leaf classes so that relatives stand together; some of them if there are too many for a page."""
    if taxonomy.is_tree:
        paths = [taxonomy.ancestors(level) for level in range(taxonomy.num_levels)]
        rows = [_leaf_row(int(leaf), taxonomy, paths) for leaf in np.lexsort(paths[::-1])]
    else:
        rows = [
            _Row(i, k, name, i, (level.name,))
            for i, level in enumerate(taxonomy.levels)
            for k, name in enumerate(level.classes)
        ]
    num_shown = min(len(rows), _MOST_CLASSES)
    return tuple(rows[i * len(rows) // num_shown] for i in range(num_shown))


def _leaf_row(leaf: int, taxonomy: Taxonomy, paths: list[IntArray]) -> _Row:
    """A leaf under its ancestors; where the class above stands in for it, the name appears once."""
    finest = taxonomy.num_levels - 1
    names = [level.classes[path[leaf]] for level, path in zip(taxonomy.levels, paths, strict=True)]
    parent = int(paths[-2][leaf]) if finest else leaf
    return _Row(finest, leaf, names[-1], parent, tuple(dict.fromkeys(names[:-1])))


def _side(data: Dataset, num_rows: int) -> int:
    """Side of an image on the page: what fits, and a multiple of the images' own if they are smaller."""
    most = next(side for side, most_rows in _SIDES if num_rows <= most_rows)
    longest = max(data.image_shape[1:])
    return most // longest * longest or most


def _write_title(sheet: Image.Image, data: Dataset, split: Split, num_shown: int) -> None:
    draw = ImageDraw.Draw(sheet)
    width = sheet.width - 2 * _MARGIN
    write(draw, (_MARGIN, 34), data.provenance.source, _TITLE_SIZE, _INK, width)
    draw.line((_MARGIN, _TITLE_HEIGHT - 12, sheet.width - _MARGIN, _TITLE_HEIGHT - 12), _RULE)
    write(draw, (_MARGIN, 54), "     ".join(_facts(data, split, num_shown)), _NAME_SIZE, _PALE, width)


def _facts(data: Dataset, split: Split, num_shown: int) -> Iterator[str]:
    """What a reader should know before looking: sizes, levels, and what the page leaves out."""
    yield " · ".join(f"{level.name} {level.num_classes}" for level in data.taxonomy.levels)
    yield " · ".join(f"{name} {count:,}" for name, count in data.num_images.items())
    if data.taxonomy.is_tree and (share := _share_in_tree(data)) < 1:
        yield f"{100 * share:.0f} % of labels follow the tree"
    num_missing = (data.labels < 0).sum(axis=0).tolist()
    gaps = [f"{n} {k:,}" for n, k in zip(data.taxonomy.level_names, num_missing, strict=True) if k]
    if gaps:
        yield f"no label: {' · '.join(gaps)}"
    if split != "train":
        yield f"showing {split}"
    classes = data.taxonomy.num_classes
    num_rows = classes[-1] if data.taxonomy.is_tree else sum(classes)
    if num_shown < num_rows:
        yield f"{num_shown} of {num_rows:,} classes shown"


def _share_in_tree(data: Dataset) -> float:
    """Of the images whose leaf is known, the share whose other known labels are its ancestors."""
    labels = data.labels[data.labels[:, -1] >= 0]
    path = [data.taxonomy.ancestors(level)[labels[:, -1]] for level in range(data.taxonomy.num_levels)]
    follows = (labels == np.stack(path, axis=1)) | (labels < 0)
    return float(follows.all(axis=1).mean()) if len(labels) else 1.0


def _fill_column(
    sheet: Image.Image, x: int, column: IntArray, page: _Page, data: Dataset, split: Split
) -> None:
    draw = ImageDraw.Draw(sheet)
    y = _TITLE_HEIGHT
    for row, has_heading in zip((page.rows[i] for i in column), page.has_heading(column), strict=True):
        if has_heading:
            _write_heading(draw, x, y, row.heading, page.column_width)
            y += _HEADING_HEIGHT
        middle = y + page.side // 2 + _NAME_SIZE // 3
        write(draw, (x + _NAME_WIDTH - 10, middle), row.name, _NAME_SIZE, _INK, _NAME_WIDTH - 10, "rs")
        for k, image in enumerate(data.images[_members(data, split, row, page.per_class)]):
            sheet.paste(tile(image, page.side), (x + _NAME_WIDTH + k * (page.side + _GAP), y))
        y += page.row_height


def _members(data: Dataset, split: Split, row: _Row, per_class: int) -> IntArray:
    """The images of a row: the first of its class in the split."""
    candidates = data.indices[split]
    members: IntArray = candidates[data.labels[candidates, row.level] == row.number][:per_class]
    return members


def _write_heading(draw: ImageDraw.ImageDraw, x: int, y: int, names: tuple[str, ...], width: int) -> None:
    """The path to a group of siblings: the nearest ancestor stands out and is never cut for the others."""
    baseline = y + _HEADING_HEIGHT - 9
    path = "".join(f"{name} / " for name in names[:-1])
    room = width - length(names[-1], _HEADING_SIZE)
    end = write(draw, (x, baseline), path, _HEADING_SIZE, _PALE, room)
    write(draw, (end, baseline), names[-1], _HEADING_SIZE, _INK, x + width - end)
