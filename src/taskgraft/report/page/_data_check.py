"""An audit as one HTML page with its pictures, that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from taskgraft.data import SPLITS
from taskgraft.file_writing import write_text
from taskgraft.report.page._gallery import png_uri
from taskgraft.report.page._render import render
from taskgraft.report.page._tables import Cell, Column, Row, Table

if TYPE_CHECKING:
    # To look at data loads torch; to show what was seen needs none of it.
    from taskgraft.audit import Audit, AuditedImage, DuplicateGroup, LevelCount, Severity

_MOST_PICTURES_BYTES = 3_500_000
_MOST_GROUPS, _MOST_OF_GROUP, _MOST_SUSPECTS, _MOST_LISTED = 60, 6, 24, 200
_SHOWN_SIDE = 64
_HEADINGS: dict[Severity, str] = {
    "mend": "Mend first",
    "look": "Worth a look",
    "note": "Good to know",
}


@dataclass(frozen=True)
class _Picture:
    """An image on the page: its PNG, its size there, and a remark."""

    source: str
    width: int
    height: int
    image: AuditedImage
    reason: str = ""


@dataclass(frozen=True)
class _Shown:
    """A group of duplicates on the page."""

    group: DuplicateGroup
    pictures: tuple[_Picture, ...]


class _Album:
    """Makes pictures for a page until they are as large as a page may be."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        self._images = images
        self._left_bytes = _MOST_PICTURES_BYTES

    @property
    def is_full(self) -> bool:
        return self._left_bytes <= 0

    def picture(self, image: AuditedImage, reason: str = "") -> _Picture:
        pixels = np.asarray(self._images[image.index])
        # Every second pixel, or every third, and so on: enough to know the picture by.
        step = max(1, max(pixels.shape[1:]) // (2 * _SHOWN_SIDE))
        source = png_uri(np.ascontiguousarray(pixels[:, ::step, ::step]))
        self._left_bytes -= len(source)
        height, width = pixels.shape[1:]
        scale = _SHOWN_SIDE / max(height, width)
        scale = max(1, int(scale)) if scale >= 1 else scale
        return _Picture(source, round(width * scale), round(height * scale), image, reason)


def write_audit(result: Audit, images: npt.NDArray[np.uint8], path: Path) -> Path:
    """Writes an audit as an HTML page; opening it sends no request.

    Args:
        result: The audit.
        images: Those of the data, uint8 of shape (N, C, H, W); only the few that are shown are read.
        path: Of the page.

    Returns:
        The path.

    Raises:
        StudyError: If the file cannot be written.
    """
    album = _Album(images)
    groups = tuple(_groups(result.duplicates.groups, album))
    suspects = [album.picture(one.image, one.reason) for one in result.suspects[:_MOST_SUSPECTS]]
    contents = {
        "title": f"{result.source}: a look at the data",
        "audit": result,
        "headings": _HEADINGS,
        "groups": groups,
        "suspects": suspects,
        "most_listed": _MOST_LISTED,
        "tables": [_table(number, level) for number, level in enumerate(result.levels)],
    }
    write_text(path, render("data_check.html", contents))
    return path


def _groups(groups: Sequence[DuplicateGroup], album: _Album) -> Iterator[_Shown]:
    for group in groups[:_MOST_GROUPS]:
        if album.is_full:
            return
        yield _Shown(group, tuple(album.picture(one) for one in group.images[:_MOST_OF_GROUP]))


def _table(number: int, level: LevelCount) -> Table:
    has_parents = any(one.parent is not None for one in level.classes)
    columns = [Column(f"class of {level.name}", is_text=True)]
    columns += [Column("parent", is_text=True)] * has_parents
    columns += [Column(f"{split} images") for split in SPLITS]
    rows = tuple(
        Row(
            one.name,
            (
                *([Cell(one.parent or "")] * has_parents),
                *(Cell(f"{one.num_images[split]:,}", one.num_images[split]) for split in SPLITS),
            ),
        )
        for one in level.classes
    )
    return Table(f"level-{number}", level.summary, tuple(columns), rows)
