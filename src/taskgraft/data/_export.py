"""Writes any dataset out as others read it: a tree of folders, or a Parquet file."""

from __future__ import annotations

import importlib
import io
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from taskgraft.choices import Format
from taskgraft.data._dataset import Dataset
from taskgraft.data.labels import SPLITS, Split, label_columns, splits_of_cells
from taskgraft.data.sources import TAXONOMY_FILE, Samples, read_folder, read_table
from taskgraft.data.store import LARGEST, SMALLEST
from taskgraft.errors import DataError, Phrase, RequestError, TaskgraftError
from taskgraft.file_writing import NotWrittenError, write_text
from taskgraft.kinds import NAME, of_class, of_kinds
from taskgraft.parameter import Parameter
from taskgraft.pictures import SUFFIXES
from taskgraft.place import check_new_place
from taskgraft.taxonomy import is_itself

PARQUET_SUFFIXES = (".parquet", ".pq")
# A folder of such a name would be taken for a file.
_OF_FILES = SUFFIXES | {
    *PARQUET_SUFFIXES,
    ".csv",
    ".tsv",
    ".txt",
    ".json",
    ".html",
    ".zip",
    ".tar",
    ".gz",
    ".tgz",
}
_TO_A_SHEET = "Take a name without it; `taskgraft data show` draws a contact sheet."
_FORBIDDEN = set("/\\\0")
_LONGEST_NAME = 255


@of_kinds(data=of_class("a Dataset", Dataset), out=of_class("a Path", Path), form=NAME)
def export(data: Dataset, out: Path, form: Format = "tree") -> None:
    """Writes the images as PNG with their labels and splits, so that reading them gives the same dataset.

    A file is named by the number of its image, so that they are read in the same order, and the taxonomy
    is written beside them, so that classes keep their numbers. What was written is read again, all but its
    pixels: it stands only if labels, classes and splits come back as they were.

    Args:
        data: What to write.
        out: A new folder for `tree`; for `parquet` a new `.parquet` file, the taxonomy beside it.
        form: `tree` or `parquet` (pictures inside, extra `parquet`).

    Raises:
        RequestError: If something stands there already, or the form cannot hold the data: a class that can be
            no folder, a level that has the name of another column, images of a side that is not read.
        DataError: If it cannot be written; nothing half-written is left behind.

    Example:
        >>> import tempfile
        >>> from taskgraft.data.sources import load
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export(load("shapes", num_train=160, num_test=32), Path(folder) / "tree")
        ...     sorted(path.name for path in (Path(folder) / "tree").iterdir())
        ['taxonomy.json', 'test', 'train', 'val']
    """
    check_export_place(out, form)
    _check_sides(data)
    partial = out.with_name(f".{out.stem}.partial{out.suffix}")
    taxonomy = partial.with_suffix(".json")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if form == "tree":
            _write_tree(data, partial)
            _check_reads_back(data, lambda: read_folder(partial))
        else:
            _write_parquet(data, partial)
            _write_taxonomy(data, taxonomy)
            levels = data.taxonomy.level_names
            _check_reads_back(data, lambda: read_table(partial, levels, taxonomy=taxonomy))
            taxonomy.rename(_taxonomy_beside(out))
        partial.rename(out)
    except UnicodeEncodeError as error:
        raise _lossy(Phrase("a name that is no Unicode")) from error
    except (OSError, NotWrittenError) as error:
        raise DataError.expected(
            str(out),
            "writable",
            error.strerror or str(error),
            "Check the place, its rights and the disk.",
        ) from error
    finally:
        taxonomy.unlink(missing_ok=True)
        shutil.rmtree(partial, ignore_errors=True) if partial.is_dir() else partial.unlink(missing_ok=True)


def check_export_place(out: Path, form: Format) -> None:
    """Refuses a place that what is written cannot have, before any data is read.

    Args:
        out: As for `export`.
        form: As for `export`.

    Raises:
        RequestError: If its name is that of a file of another kind, something has its place, or nothing can.
    """
    suffix = out.suffix.lower()
    what = Parameter("out")
    if form == "parquet" and suffix not in PARQUET_SUFFIXES:
        raise RequestError.expected(
            f"{what} {out}", "a name that ends in .parquet", out.suffix or "no suffix", "Add it."
        )
    if form == "tree" and suffix in _OF_FILES:
        remedy = "Take a name without it." if suffix not in SUFFIXES else _TO_A_SHEET
        raise RequestError.expected(
            f"{what} {out}", "a folder, or a name that ends in .parquet", suffix, remedy
        )
    for place in (out, *([_taxonomy_beside(out)] if form == "parquet" else [])):
        check_new_place(what, place)


def _taxonomy_beside(out: Path) -> Path:
    return out.with_suffix(".json")


def _check_sides(data: Dataset) -> None:
    _, *sides = data.image_shape
    if not SMALLEST <= min(sides) <= max(sides) <= LARGEST:
        raise RequestError.expected(
            "the images",
            f"of {SMALLEST} to {LARGEST} pixels a side, as they are read back",
            Phrase("x".join(map(str, sides))),
            f"Read them with another {Parameter('size')}.",
        )


def _check_reads_back(data: Dataset, read: Callable[[], Samples]) -> None:
    """Refuses what would be read as other labels, classes or splits than were written.

    Raises:
        RequestError: If something differs.
    """
    rows = _rows(data)
    try:
        samples = read()
        taxonomy, labels, *_ = label_columns(samples.columns, taxonomy=samples.taxonomy)
        splits = splits_of_cells("the splits", samples.splits)
    except TaskgraftError as error:
        raise _lossy(Phrase(error)) from error
    wrong = [
        what
        for what, is_right in {
            "classes": taxonomy == data.taxonomy,
            "splits": splits == [split for split, _ in rows],
            "labels": labels.tolist() == data.labels[[index for _, index in rows]].tolist(),
        }.items()
        if not is_right
    ]
    if wrong:
        raise _lossy(Phrase(f"other {wrong[0]}"))


def _lossy(got: Phrase) -> RequestError:
    return RequestError.expected(
        "what is written",
        "read back as it was",
        got,
        f"Use the other {Parameter('form')}, or rename the classes.",
    )


def _write_tree(data: Dataset, root: Path) -> None:
    folders = _class_folders(data)
    for split, index in _rows(data):
        folder = root / split / folders[tuple(data.labels[index])]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _file_name(index, data)).write_bytes(_png(data.images[index]))
    _write_taxonomy(data, root / TAXONOMY_FILE)


def _write_taxonomy(data: Dataset, path: Path) -> None:
    write_text(path, json.dumps(data.taxonomy.to_dict(), indent=1) + "\n")


def _class_folders(data: Dataset) -> dict[tuple[int, ...], Path]:
    """The folder of each path of labels; a path may end early, but cannot begin late."""
    if not data.taxonomy.is_tree:
        raise RequestError.expected(
            "a tree of folders",
            "made of levels that nest",
            "levels without a tree",
            f"Use {Parameter('form', 'parquet')}.",
        )
    folders = {}
    for labels in np.unique(data.labels, axis=0).tolist():
        named = [level.classes[k] for level, k in zip(data.taxonomy.levels, labels, strict=True) if k >= 0]
        words = _words(named)
        unsafe = [word for word in words if _is_unsafe(word)]
        if not named or -1 in labels[: len(named)] or unsafe:
            raise RequestError.expected(
                f"the classes {named}",
                "folders inside one another",
                unsafe[0] if unsafe else "a label that is not known",
                f"Use {Parameter('form', 'parquet')}.",
            )
        folders[tuple(labels)] = Path(*words)
    return folders


def _words(names: Sequence[str]) -> list[str]:
    """What each class of a path is called in its folder: a class that goes by its path, by the end of it."""
    words: list[str] = []
    for before, name in zip(("", *names), names, strict=False):
        if "/" in before and is_itself(before, name):
            # A class named by its path that ends early is continued again when it is read.
            break
        words.append(name.removeprefix("".join(f"{word}/" for word in words)))
    return words


def _is_unsafe(word: str) -> bool:
    return bool(set(word) & _FORBIDDEN) or word.startswith(".") or len(os.fsencode(word)) > _LONGEST_NAME


def _rows(data: Dataset) -> list[tuple[Split, int]]:
    """Split and index of each image, in the order in which they are read back."""
    rows = [(split, index) for split in SPLITS for index in data.indices[split].tolist()]
    return sorted(rows, key=lambda row: row[1])


def _png(image: npt.NDArray[np.uint8]) -> bytes:
    pixels = image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def _file_name(index: int, data: Dataset) -> str:
    return f"{index:0{len(str(len(data.images)))}}.png"


def _write_parquet(data: Dataset, path: Path) -> None:
    try:
        pyarrow, parquet = (importlib.import_module(name) for name in ("pyarrow", "pyarrow.parquet"))
    except ImportError as error:
        raise RequestError.expected(
            f"{Parameter('form', 'parquet')}",
            "used with its extra installed",
            "no pyarrow",
            "pip install taskgraft[parquet]",
        ) from error
    taken = [name for name in data.taxonomy.level_names if name in ("image", "split")]
    if taken:
        raise RequestError.expected(
            f"level {taken[0]!r}",
            "named unlike the columns of pictures and splits",
            taken[0],
            "Rename the level.",
        )
    rows = _rows(data)
    pictures = [{"bytes": _png(data.images[i]), "path": _file_name(i, data)} for _, i in rows]
    columns: dict[str, list[Any]] = {"image": pictures, "split": [split for split, _ in rows]}
    for depth, level in enumerate(data.taxonomy.levels):
        numbers = [data.labels[index, depth] for _, index in rows]
        columns[level.name] = [None if k < 0 else level.classes[k] for k in numbers]
    # Opened here: pyarrow takes no path that is not UTF-8.
    with path.open("wb") as file:
        parquet.write_table(pyarrow.table(columns), file)
