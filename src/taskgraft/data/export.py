"""Writes any dataset out as others read it: a tree of folders, or a Parquet file."""

from __future__ import annotations

import importlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from taskgraft.data.dataset import SPLITS, Dataset
from taskgraft.data.taxonomy_file import TAXONOMY_FILE
from taskgraft.data.write_whole import write_whole
from taskgraft.errors import DataError, RequestError

Format = Literal["tree", "parquet"]
FORMATS: tuple[Format, ...] = ("tree", "parquet")
_FORBIDDEN = set("/\\\0")


def export(data: Dataset, out: Path, form: Format = "tree") -> None:
    """Writes the images as PNG with their labels and splits, so that reading them gives the same dataset.

    A file is named by the number of its image, so that they are read in the same order, and the taxonomy
    is written beside them, so that classes keep their numbers.

    Args:
        data: What to write.
        out: A new folder for `tree`; for `parquet` a new `.parquet` file, the taxonomy beside it.
        form: `tree` or `parquet` (pictures inside, extra `parquet`).

    Raises:
        RequestError: If something stands there already, or a class cannot be a folder.
        DataError: If it cannot be written; nothing half-written is left behind.

    Example:
        >>> import tempfile
        >>> from taskgraft.data.sources import load
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     export(load("shapes", num_train=160, num_test=32), Path(folder) / "tree")
        ...     sorted(path.name for path in (Path(folder) / "tree").iterdir())
        ['taxonomy.json', 'test', 'train', 'val']
    """
    beside = [out.with_suffix(".json")] if form == "parquet" else []
    for place in (out, *beside):
        if place.exists():
            raise RequestError.expected(str(place), "new", "something that exists", "Name another place.")
    partial = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if form == "tree":
            _write_tree(data, partial)
        else:
            _write_parquet(data, partial)
            _write_taxonomy(data, out.with_suffix(".json"))
        partial.rename(out)
    except OSError as error:
        raise DataError.expected(
            str(out), "writable", error.strerror or error, "Check the place, its rights and the disk."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True) if partial.is_dir() else partial.unlink(missing_ok=True)


def _write_tree(data: Dataset, root: Path) -> None:
    folders = _class_folders(data)
    for split, index, encoded in _pictures(data):
        folder = root / split / folders[tuple(data.labels[index])]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _file_name(index, data)).write_bytes(encoded)
    _write_taxonomy(data, root / TAXONOMY_FILE)


def _write_taxonomy(data: Dataset, path: Path) -> None:
    text = json.dumps(data.taxonomy.to_dict(), indent=1) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))


def _class_folders(data: Dataset) -> dict[tuple[int, ...], Path]:
    """The folder of each path of labels; a path may end early, but cannot begin late."""
    if not data.taxonomy.is_tree:
        raise RequestError.expected(
            "a tree of folders", "made of levels that nest", "levels without a tree", "Use --format=parquet."
        )
    found = {}
    for labels in np.unique(data.labels, axis=0).tolist():
        known = [level.classes[k] for level, k in zip(data.taxonomy.levels, labels, strict=True) if k >= 0]
        unsafe = [name for name in known if set(name) & _FORBIDDEN or name in (".", "..") or name[0] == "."]
        if not known or -1 in labels[: len(known)] or unsafe:
            raise RequestError.expected(
                f"the classes {known}", "folders inside one another",
                unsafe[0] if unsafe else "a label that is not known", "Use --format=parquet.",
            )  # fmt: skip
        found[tuple(labels)] = Path(*known)
    return found


def _pictures(data: Dataset) -> Iterator[tuple[str, int, bytes]]:
    for split in SPLITS:
        for index in data.indices[split].tolist():
            yield split, index, _png(data.images[index])


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
            "--format=parquet", "used with its extra installed", "no pyarrow",
            "pip install taskgraft[parquet]",
        ) from error  # fmt: skip
    rows = sorted(_pictures(data), key=lambda row: row[1])
    columns: dict[str, list[Any]] = {
        "image": [{"bytes": encoded, "path": _file_name(index, data)} for _, index, encoded in rows],
        "split": [split for split, *_ in rows],
    }
    for i, level in enumerate(data.taxonomy.levels):
        numbers = [data.labels[index, i] for _, index, _ in rows]
        columns[level.name] = [None if k < 0 else level.classes[k] for k in numbers]
    parquet.write_table(pyarrow.table(columns), path)
