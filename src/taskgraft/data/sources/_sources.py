"""Every place data can come from, and the one function that loads it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from taskgraft.data._dataset import Dataset, Origin
from taskgraft.data.sources import _cifar100 as cifar100
from taskgraft.data.sources import _fashion_mnist as fashion_mnist
from taskgraft.data.sources import _folder as folder
from taskgraft.data.sources import _hub as hub
from taskgraft.data.sources import _shapes as shapes
from taskgraft.data.sources import _table as table
from taskgraft.data.sources._samples import Samples, to_dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.kinds import NAME, NAMES, NONE, NUMBER, PATH, TRUTH, Kind, check_kinds
from taskgraft.legible import quoted
from taskgraft.parameter import Parameter
from taskgraft.place import expanded

_STORE = ("size", "fit", "on_bad_image", "test_fraction", "leave_out")


@dataclass(frozen=True)
class Source:
    """A named dataset: how to load it, what it can be asked for, whether it reads a folder of the user's."""

    load: Callable[..., Dataset]
    options: tuple[str, ...] = ()
    has_files: bool = True


SOURCES: dict[str, Source] = {
    "cifar100": Source(cifar100.load, options=("taxonomy",)),
    "fashion-mnist": Source(fashion_mnist.load),
    "shapes": Source(
        shapes.load, options=("relatedness", "num_levels", "seed", "num_train", "num_test"), has_files=False
    ),
}
# What each kind of the user's own data can be asked for.
_OWN = {
    "a folder": ("levels", "taxonomy", "has_tree", *_STORE, "has_splits"),
    "a table": ("label_columns", "image_column", "split_column", "taxonomy", "has_tree", *_STORE),
    "a dataset of the hub": ("label_columns", "image_column", "has_tree", *_STORE),
}

_KINDS: dict[str, Kind] = {
    "name": NAME | PATH,
    "data_dir": PATH | NONE,
    "relatedness": NUMBER,
    "image_column": NAME | NONE,
    "split_column": NAME | NONE,
    "taxonomy": PATH | NONE,
    "has_tree": TRUTH,
    "has_splits": TRUTH,
    "leave_out": NAMES,
}


def load(
    name: str | Path,
    *,
    data_dir: Path | str | None = None,
    val_fraction: float = 0.1,
    limit: int | None = None,
    **options: Any,
) -> Dataset:
    """Loads a dataset: a built-in one by name, or the user's own.

    Args:
        name: `cifar100`, `fashion-mnist` or `shapes`; else a folder of pictures, a table (`.csv`, `.parquet`)
            or `hub:NAME`.
        data_dir: Where the data of a name already is; without it, it is found or downloaded. For a table:
            what its paths are relative to.
        val_fraction: Share of the train images of each leaf class held out for validation, unless the source
            has a val split of its own.
        limit: Keep at most this many images in each of train (before the holding out) and test.
        **options: For `shapes`: `relatedness`, `num_levels`, `seed`, `num_train`, `num_test`. For `cifar100`:
            `taxonomy`. For the user's own: `levels`, `label_columns`, `image_column`, `split_column`,
            `taxonomy`, `has_tree`, `has_splits` as `read_folder`, `read_table` and `read_hub` take them, and
            `size`, `fit`, `on_bad_image`, `test_fraction`, `leave_out` as `to_dataset` does.

    Returns:
        Images, labels at every level, a taxonomy and the three splits.

    Raises:
        RequestError: If the name or an option is unknown, or an option is out of range.
        DataError: If the data is missing, unreachable or damaged.

    Example:
        >>> data = load("shapes", num_train=200, num_test=100, val_fraction=0.2)
        >>> data.num_images["test"], data.taxonomy.num_levels
        (100, 2)
    """
    check_kinds({"name": name, "data_dir": data_dir, **options}, _KINDS)
    name = str(name)
    common = {"data_dir": data_dir, "val_fraction": val_fraction, "limit": limit}
    data = (_load_named if name in SOURCES else _load_own)(
        name, data_dir, options, val_fraction=val_fraction, limit=limit
    )
    return replace(data, origin=Origin(name, tuple({**common, **options}.items())))


def _load_named(
    name: str, data_dir: Path | str | None, options: dict[str, Any], *, val_fraction: float, limit: int | None
) -> Dataset:
    source = SOURCES[name]
    for option in options:
        if option not in source.options:
            raise _unknown_option(name, option, source.options)
    if source.has_files:
        place = None if data_dir is None else Path(data_dir)
        return source.load(place, val_fraction=val_fraction, limit=limit, **options)
    if data_dir is not None:
        raise RequestError.expected(
            f"{Parameter('data_dir')} with {name}",
            "left out",
            str(data_dir),
            "Leave it out: nothing is read from disk.",
        )
    return source.load(val_fraction=val_fraction, limit=limit, **options)


def _load_own(
    name: str, data_dir: Path | str | None, options: dict[str, Any], *, val_fraction: float, limit: int | None
) -> Dataset:
    kind, read = _reader(name, data_dir)
    for option in options:
        if option not in _OWN[kind]:
            raise _unknown_option(kind, option, _OWN[kind])
    samples = read(**{key: value for key, value in options.items() if key not in _STORE})
    stored = {key: value for key, value in options.items() if key in _STORE}
    return to_dataset(samples, val_fraction=val_fraction, limit=limit, **stored)


def _reader(name: str, data_dir: Path | str | None) -> tuple[str, Callable[..., Samples]]:
    """Which kind of the user's data a name stands for, and what reads it."""
    path = expanded("the data", name)
    if path.suffix.lower() in table.SUFFIXES:

        def from_table(label_columns: str | Sequence[str] | None = None, **options: Any) -> Samples:
            root = None if data_dir is None else _existing_folder(Path(data_dir))
            return table.read_table(path, label_columns, image_root=root, **options)

        return "a table", from_table
    if data_dir is not None:
        raise RequestError.expected(
            Parameter("data_dir"), "used with a dataset by name or a table", f"with {name}", "Leave it out."
        )
    if name.startswith(hub.PREFIX):
        return "a dataset of the hub", lambda **options: hub.read_hub(
            name.removeprefix(hub.PREFIX), **options
        )
    if path.is_dir():
        return "a folder", lambda **options: folder.read_folder(path, **options)
    raise _not_there(name, path)


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        got = "a file" if path.exists() else "no such folder"
        raise RequestError.expected(f"{Parameter('data_dir')} {path}", "a folder", got, "Check the path.")
    return path


def _not_there(name: str, path: Path) -> RequestError:
    """A name that stands for no data: of a file of another kind, misspelt, or of nothing that is there."""
    if path.exists():
        return RequestError.expected(
            name,
            "a folder of pictures, a table (.csv, .tsv, .parquet) or a list (.txt)",
            "a file of another kind",
            "Name the folder that the pictures are in; unpack an archive first.",
        )
    known = [*SOURCES, "a folder of pictures", "a table (.csv, .tsv, .parquet)", "a list (.txt)", "hub:NAME"]
    is_path = name != path.name
    if not is_path and difflib.get_close_matches(name, SOURCES, n=1, cutoff=0.5):
        return unknown_name("the dataset", name, known)
    return RequestError.expected(
        f"the dataset {quoted(name)}",
        f"one of {', '.join(known)}",
        "no such folder or file",
        "Check the path.",
    )


def _unknown_option(name: str, option: str, known: tuple[str, ...]) -> RequestError:
    if known:
        return unknown_name(f"an option of {name}", option, known)
    return RequestError.expected(
        f"options of {name}",
        "left out",
        option,
        f"It takes {Parameter('data_dir')}, {Parameter('val_fraction')} and {Parameter('limit')} alone.",
    )
