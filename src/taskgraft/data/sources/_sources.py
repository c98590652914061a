"""Every place data can come from, and the one function that loads it."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import Origin
from taskgraft.data.sources import _cifar100 as cifar100
from taskgraft.data.sources import _fashion_mnist as fashion_mnist
from taskgraft.data.sources import _folder as folder
from taskgraft.data.sources import _hub as hub
from taskgraft.data.sources import _published_layouts as published
from taskgraft.data.sources import _shapes as shapes
from taskgraft.data.sources import _table as table
from taskgraft.data.sources._left_out import without_pictures
from taskgraft.data.sources._reopening import reopened
from taskgraft.data.sources._samples import Samples
from taskgraft.data.sources._to_dataset import to_dataset
from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.kinds import NAME, NONE, NUMBER, PATH, TRUTH, WHOLE_NUMBER, Kind, check_kinds, several
from taskgraft.legible import quoted
from taskgraft.parameter import Parameter
from taskgraft.place import expanded
from taskgraft.registry import Registry
from taskgraft.several import either

_Options = dict[str, Any]
_EXCLUDE, _KEEPS_SINGLE = "exclude", "keeps_single"


@dataclass(frozen=True)
class Reader:
    """Reads one kind of the user's own data.

    Attributes:
        title: What a list of all kinds calls it.
        takes: From what the user named, and the same as a path, to the first argument of `read`; None where
            it is no data of this kind.
        read: Reads the samples; its keywords are the options. With a keyword `data_dir` it is given the
            folder of that name.
    """

    title: str
    takes: Callable[[str, Path], Any]
    read: Callable[..., Samples]


# By name, what loads a dataset. Its keywords are the options; all take `val_fraction` and `limit`, and those
# that read files `data_dir`.
SOURCES: Registry[Callable[..., Dataset]] = Registry("the dataset")
SOURCES.add("cifar100")(cifar100.load)
SOURCES.add("fashion-mnist")(fashion_mnist.load)
SOURCES.add("shapes")(shapes.load)

# By what errors call it, what reads the user's own data. The last one added is tried first.
READERS: Registry[Reader] = Registry("the kind of data")


def _of_folder(name: str, path: Path) -> Path | None:
    return path if path.is_dir() else None


def _of_table(name: str, path: Path) -> Path | None:
    return path if path.suffix.lower() in table.SUFFIXES and os.path.lexists(path) else None


def _of_hub(name: str, path: Path) -> str | None:
    return name.removeprefix(hub.PREFIX) if name.startswith(hub.PREFIX) else None


def _folder_that(is_it: Callable[[Path], bool]) -> Callable[[str, Path], Path | None]:
    return lambda name, path: path if path.is_dir() and is_it(path) else None


_FOLDER = "a folder of pictures"
READERS.add("a folder")(Reader(_FOLDER, _of_folder, folder.read_folder))
READERS.add("a table")(Reader("a table (.csv, .tsv, .parquet), a list (.txt)", _of_table, table.read_table))
READERS.add("a dataset of the hub")(Reader(f"{hub.PREFIX}NAME", _of_hub, hub.read_hub))

# Published layouts are folders, too, and are known by their files.
for _title, _is_it, _reads in (
    ("split lists", published.is_split_lists, published.read_split_lists),
    ("FGVC-Aircraft", published.is_aircraft, published.read_aircraft),
    ("CUB-200-2011", published.is_cub, published.read_cub),
):
    READERS.add(_title)(Reader(_FOLDER, _folder_that(_is_it), _reads))

_KINDS: dict[str, Kind] = {
    "name": NAME | PATH,
    "data_dir": PATH | NONE,
    "relatedness": NUMBER,
    "seed": WHOLE_NUMBER,
    "image_column": NAME | NONE,
    "split_column": NAME | NONE,
    "taxonomy": PATH | NONE,
    "has_tree": TRUTH,
    "has_splits": TRUTH,
    "leave_out": NAME | several("a list of names", lambda name: isinstance(name, str)),
    _KEEPS_SINGLE: TRUTH,
    _EXCLUDE: NAME | several("a list of patterns", lambda pattern: isinstance(pattern, str)),
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
        data_dir: Where the data of a name already is; without it, it is looked for or downloaded. For a
            table: what its paths are relative to.
        val_fraction: Share of the train images of each leaf class held out for validation, where the source
            has no val split.
        limit: Keep at most this many images in each of train (before the holding out) and test.
        **options: For `shapes`: `relatedness`, `num_levels`, `seed`, `num_train`, `num_test`. For `cifar100`:
            `taxonomy`. For the user's own: `levels`, `label_columns`, `image_column`, `split_column`,
            `taxonomy`, `has_tree`, `has_splits` as `read_folder`, `read_table` and `read_hub` take them, and
            `size`, `fit`, `on_bad_image`, `test_fraction`, `leave_out` as `to_dataset` does,
            `exclude` as `without_pictures` does, and `keeps_single=True` to keep levels of a single
            class, which a model can be judged on and not be trained on.

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
    place = None if data_dir is None else expanded(Parameter("data_dir"), data_dir)
    loads = _load_named if name in SOURCES else _load_own
    data = loads(name, place, options, {"val_fraction": val_fraction, "limit": limit})
    return replace(data, origin=Origin(name, tuple({**common, **options}.items())))


def _load_named(name: str, data_dir: Path | None, options: _Options, common: _Options) -> Dataset:
    source = SOURCES[name]
    keywords = _keywords(source)
    _check_options(name, options, [key for key in keywords if key not in ("data_dir", *common)])
    if "data_dir" in keywords:
        return source(data_dir, **common, **options)
    if data_dir is not None:
        raise RequestError.expected(
            f"{Parameter('data_dir')} with {name}",
            "left out",
            str(data_dir),
            "Leave it out: nothing is read from disk.",
        )
    return source(**common, **options)


def _load_own(name: str, data_dir: Path | None, options: _Options, common: _Options) -> Dataset:
    path = expanded("the data", name)
    kind, first = _kind_of(name, path)
    reads = _keywords(READERS[kind].read)[1:] if kind else []
    if data_dir is not None and "data_dir" not in reads:
        raise RequestError.expected(
            Parameter("data_dir"), "used with a dataset by name or a table", f"with {name}", "Leave it out."
        )
    if not kind:
        raise _not_there(name, path)
    stores = [key for key in _of_own_data() if key not in common]
    _check_options(kind, options, [key for key in (*reads, *stores) if key != "data_dir"])
    given = {key: value for key, value in options.items() if key in reads}
    if data_dir is not None:
        given["data_dir"] = data_dir
    stored = {key: value for key, value in options.items() if key in stores}
    excluded, keeps_single = stored.pop(_EXCLUDE, ()), stored.pop(_KEEPS_SINGLE, False)

    def read() -> tuple[Samples, Dataset]:
        samples = without_pictures(READERS[kind].read(first, **given), excluded)
        samples = replace(samples, keeps_single=keeps_single)
        return samples, to_dataset(samples, **common, **stored)

    if READERS[kind].read is folder.read_folder:
        return reopened(first, {**options, **common}, read)
    return read()[1]


def _of_own_data() -> list[str]:
    """The options of all data of the user's own."""
    return [*_keywords(to_dataset)[1:], _EXCLUDE, _KEEPS_SINGLE]


def _kind_of(name: str, path: Path) -> tuple[str, Any]:
    """The kind of the user's data, and what its reader reads; empty for no data."""
    for kind in reversed([*READERS]):
        first = READERS[kind].takes(name, path)
        if first is not None:
            return kind, first
    return "", None


def _keywords(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _check_options(name: str, options: _Options, names: Sequence[str]) -> None:
    for option in options:
        if option in names:
            continue
        if takers := _takers(option):
            is_of_own_data = any(taker in READERS for taker in takers)
            rule, got = f"used with {either(takers)}", Phrase(f"it with {name}")
            raise RequestError.expected(
                Parameter(option) if is_of_own_data else option, rule, got, "Leave it out."
            )
        if names:
            raise unknown_name(f"an option of {name}", option, names)
        raise RequestError.expected(
            f"options of {name}",
            "left out",
            option,
            f"It takes {Parameter('data_dir')}, {Parameter('val_fraction')} and {Parameter('limit')} alone.",
        )


def _takers(option: str) -> list[str]:
    """The datasets and kinds of data that an option is for."""
    functions = {
        **{name: SOURCES[name] for name in SOURCES},
        **{kind: READERS[kind].read for kind in READERS},
    }
    is_stored = option in _of_own_data()
    return [
        name
        for name, function in functions.items()
        if option in _keywords(function)[name in READERS :] or (is_stored and name in READERS)
    ]


def _not_there(name: str, path: Path) -> RequestError:
    """The error for a name of no data: a file of another kind, a misspelt name, or nothing at all."""
    if path.exists():
        return RequestError.expected(
            name,
            "a folder of pictures, a table (.csv, .tsv, .parquet) or a list (.txt)",
            "a file of another kind",
            "Name the folder that the pictures are in; unpack an archive first.",
        )
    titles = [*SOURCES, *dict.fromkeys(READERS[kind].title for kind in READERS)]
    is_path = name != path.name
    if not is_path and difflib.get_close_matches(name, SOURCES, n=1, cutoff=0.5):
        return unknown_name("the dataset", name, titles)
    return RequestError.expected(
        f"the dataset {quoted(name)}",
        f"one of {', '.join(titles)}",
        "no such folder or file",
        "Check the path.",
    )
