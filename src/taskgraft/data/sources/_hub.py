"""Datasets of the Hugging Face hub, or in its format on disk: an extra, `pip install taskgraft[hub]`."""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taskgraft.data.labels import UNKNOWN, split_of
from taskgraft.data.sources._computed import Computed
from taskgraft.data.sources._samples import Samples
from taskgraft.errors import DataError, RequestError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.pictures import Picture
from taskgraft.place import expanded
from taskgraft.several import names_of

PREFIX = "hub:"
_SAVED = ("dataset_dict.json", "state.json")
# Where a dataset on disk says which files hold it: as it was saved, or in what stands before its README.
_DESCRIPTIONS = ("state.json", "*/state.json", "README.md")
_NAMED_FILE = re.compile(r"""(?:filename|data_files|data_dir|path)"?\s*:\s*[\["'\s-]*([^\s"',\]}]+)""")
_MOST_DESCRIPTION_BYTES = 1 << 24


def read_hub(
    name: str,
    label_columns: str | Sequence[str] | None = None,
    *,
    image_column: str | None = None,
    has_tree: bool = True,
) -> Samples:
    """Reads what a dataset says of its pictures; its class names and their numbers are taken along.

    A level is named after its feature, without `_label`: `fine_label` is the level `fine`.

    Args:
        name: Of a dataset of the hub, `NAME` or `NAME:CONFIG`; or the folder of one, saved by `save_to_disk`
            or as the hub lays it out (Parquet files).
        label_columns: Features, one a level, coarsest first, one by one or joined by commas; all features of
            class labels by default, fewest classes first.
        image_column: The feature of the pictures; by default the first one of images.
        has_tree: Whether each finer class lies under one coarser class.

    Raises:
        RequestError: If the extra is not installed, or a feature does not exist.
        DataError: If the dataset cannot be loaded.
    """
    parts = _load(name)
    features = next(iter(parts.values())).features
    image = image_column or _first_image(name, features)
    labels = (
        _class_labels(name, features)
        if label_columns is None
        else names_of(Parameter("label_columns"), label_columns)
    )
    for column in (image, *labels):
        if column not in features:
            raise unknown_name(f"a feature of {name}", column, features)
    levels = _levels(labels)
    columns = {
        level: [cell for part in parts.values() for cell in _cells(name, part, column)]
        for level, column in levels.items()
    }
    orders = {level: _class_names(features[column]) for level, column in levels.items()}
    for level, classes in orders.items():
        if not all(class_name.strip() for class_name in classes or ()):
            raise DataError.expected(
                f"every class of feature {levels[level]!r} of {name}", "a name", "", "Name it in the dataset."
            )
    return Samples(
        source=f"{PREFIX}{name}",
        pictures=_Pictures([_encoded(part, image) for part in parts.values()], _roots(name)),
        names=[f"{part} {row}" for part, rows in parts.items() for row in range(len(rows))],
        splits=[part for part, rows in parts.items() for _ in range(len(rows))],
        columns=columns,
        has_tree=has_tree,
        order={level: names for level, names in orders.items() if names is not None},
    )


class _Pictures(Computed[Picture]):
    """The encoded pictures of several parts, each fetched from its file when its turn comes."""

    def __init__(self, parts: Sequence[Any], roots: Sequence[Path]) -> None:
        super().__init__([len(part) for part in parts])
        self._parts, self._roots = parts, roots

    def _item(self, part: int, index: int) -> Picture:
        encoded = next(iter(self._parts[part][index].values())) or {}
        if encoded.get("bytes") is not None:
            content: bytes = encoded["bytes"]
            return content
        return self._file(encoded["path"]) if encoded.get("path") else None

    def _file(self, name: str) -> Path:
        """A dataset may name files instead of holding them, but none beyond its folder or the cache."""
        path = Path(name).resolve()
        if not any(path.is_relative_to(root) for root in self._roots):
            raise DataError.expected(
                "the files of a dataset", "inside its folder", name, "Save the pictures inside the dataset."
            )
        return path


def _load(name: str) -> dict[str, Any]:
    """The parts of a dataset by name; a part that is no split is train."""
    datasets = _datasets()
    path, _, config = name.partition(":")
    if not path:
        raise RequestError.expected("the dataset of the hub", "named", name, "Write it like hub:NAME.")
    folder = expanded(f"the dataset {name}", path)
    with _telling(name):
        if folder.is_dir():
            _check_stays_inside(name, folder)
        if any((folder / saved).is_file() for saved in _SAVED):
            loaded = datasets.load_from_disk(str(folder))
        else:
            loaded = datasets.load_dataset(str(folder) if folder.is_dir() else path, config or None)
    parts = dict(loaded) if isinstance(loaded, Mapping) else {"train": loaded}
    unknown = [part for part in parts if split_of(part) is None]
    if unknown:
        raise DataError.expected(
            f"the splits of {name}", "named train, val or test", ", ".join(parts), "Rename them, and save it."
        )
    return parts


def _roots(name: str) -> tuple[Path, ...]:
    """Where the files that a dataset names may lie."""
    folder, config = expanded(f"the dataset {name}", name.partition(":")[0]), _datasets().config
    caches = (config.HF_CACHE_HOME, config.HF_DATASETS_CACHE, config.DOWNLOADED_DATASETS_PATH)
    return tuple(Path(root).resolve() for root in ((folder,) if folder.is_dir() else caches))


def _check_stays_inside(name: str, folder: Path) -> None:
    """Refuses a dataset on disk whose description names files beyond its folder, or on the network.

    Raises:
        DataError: If it does.
    """
    files = [path for pattern in _DESCRIPTIONS for path in folder.glob(pattern)]
    if any(path.stat().st_size > _MOST_DESCRIPTION_BYTES for path in files):
        raise OSError("a description of many megabytes")
    names = (match for path in files for match in _NAMED_FILE.findall(path.read_text("utf-8", "replace")))
    outside = [each for each in names if each.startswith(("/", "~")) or ".." in each or ":" in each]
    if outside:
        raise DataError.expected(
            f"the files that {PREFIX}{name} names", "inside its folder", outside[0], "Mend its description."
        )


def _datasets() -> Any:
    try:
        datasets = importlib.import_module("datasets")
    except ImportError as error:
        raise RequestError.expected(
            "the extra 'hub'", "installed", "no datasets package", "pip install taskgraft[hub]"
        ) from error
    datasets.utils.logging.set_verbosity_error()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return datasets


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Whatever the library refuses with becomes one line."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError.expected(
            f"{PREFIX}{name}",
            "a dataset that can be loaded",
            next(iter(str(error).splitlines()), type(error).__name__),
            "Check the name, the folder and the connection.",
        ) from error


def _first_image(name: str, features: Mapping[str, Any]) -> str:
    for column, feature in features.items():
        if type(feature).__name__ == "Image":
            return column
    raise RequestError.expected(
        f"{name}",
        "a dataset with a feature of images",
        ", ".join(features),
        f"Name it with {Parameter('image_column')}.",
    )


def _class_labels(name: str, features: Mapping[str, Any]) -> list[str]:
    columns = [column for column, feature in features.items() if type(feature).__name__ == "ClassLabel"]
    if not columns:
        raise RequestError.expected(
            f"{name}",
            "a dataset with features of class labels",
            ", ".join(features),
            f"Name the levels with {Parameter('label_columns')}, coarsest first.",
        )
    return sorted(columns, key=lambda column: features[column].num_classes)


def _encoded(part: Any, column: str) -> Any:
    """The part with its pictures left as they are stored."""
    image = _datasets().Image(decode=False)
    return part.select_columns([column]).cast_column(column, image)


def _cells(name: str, part: Any, column: str) -> list[Any]:
    """The cells of a part as they are; numbers of a class label become its names."""
    cells: list[Any] = part.select_columns([column]).to_dict()[column]
    classes = _class_names(part.features[column])
    return cells if classes is None else [_class_of(f"{column!r} of {name}", cell, classes) for cell in cells]


def _class_names(feature: Any) -> Sequence[str] | None:
    """Names by number, of a feature of class labels or of lists of them."""
    names: Sequence[str] | None = getattr(getattr(feature, "feature", feature), "names", None)
    return names


def _class_of(what: str, cell: Any, classes: Sequence[str]) -> Any:
    if isinstance(cell, list):
        return [_class_of(what, one, classes) for one in cell]
    if cell is None or cell == UNKNOWN:
        return None
    if not 0 <= cell < len(classes):
        raise DataError.expected(
            f"the labels {what}",
            f"from 0 to {len(classes) - 1}, or -1 for unknown",
            cell,
            "Mend the dataset.",
        )
    return classes[cell]


def _levels(columns: Sequence[str]) -> dict[str, str]:
    """The column of each level: named without `label`, unless two would have one name then."""
    short = [column.removesuffix("_label").removeprefix("label_") or column for column in columns]
    return dict(zip(columns if len(set(short)) < len(short) else short, columns, strict=True))
