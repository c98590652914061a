"""The datasets known by name, and the one function that loads any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from taskgraft.data import cifar100, fashion_mnist, shapes
from taskgraft.data.dataset import Dataset
from taskgraft.errors import RequestError, unknown_name


@dataclass(frozen=True)
class Source:
    """A named dataset: how to load it, what it can be asked for, whether it reads a folder of the user's."""

    load: Callable[..., Dataset]
    options: tuple[str, ...] = ()
    has_files: bool = True


SOURCES: dict[str, Source] = {
    "cifar100": Source(cifar100.load),
    "fashion-mnist": Source(fashion_mnist.load),
    "shapes": Source(
        shapes.load, options=("relatedness", "num_levels", "seed", "num_train", "num_test"), has_files=False
    ),
}


def load(
    name: str, *, data_dir: Path | str | None = None, val_fraction: float = 0.1, limit: int | None = None,
    **options: float,
) -> Dataset:  # fmt: skip
    """Loads a dataset by name.

    Args:
        name: `cifar100`, `fashion-mnist` or `shapes`.
        data_dir: Where the data already is; without it, it is found or downloaded. Not for `shapes`, which
            draws its own pictures.
        val_fraction: Share of the train images of each leaf class held out for validation.
        limit: Keep at most this many images in each of train (before the holding out) and test.
        **options: For `shapes`: `relatedness`, `num_levels`, `seed`, `num_train`, `num_test`.

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
    if name not in SOURCES:
        raise unknown_name("the dataset", name, SOURCES)
    source = SOURCES[name]
    for option in options:
        if option not in source.options:
            raise _unknown_option(name, option, source.options)
    if source.has_files:
        place = None if data_dir is None else Path(data_dir)
        return source.load(place, val_fraction=val_fraction, limit=limit, **options)
    if data_dir is not None:
        raise RequestError.expected(
            f"--data-dir with {name}", "left out", str(data_dir), "Leave it out: nothing is read from disk."
        )
    return source.load(val_fraction=val_fraction, limit=limit, **options)


def _unknown_option(name: str, option: str, known: tuple[str, ...]) -> RequestError:
    if known:
        return unknown_name(f"an option of {name}", option, known)
    return RequestError.expected(
        f"options of {name}", "left out", option, "It takes data_dir, val_fraction and limit alone."
    )
