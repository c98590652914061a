"""Labelled data for a model: pictures of its size, splits as they came, and whether they trained it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from taskgraft.data import SPLITS, Dataset
from taskgraft.data.sources import SOURCES, load
from taskgraft.errors import RequestError, TaskgraftError, unknown_name
from taskgraft.inference import Model
from taskgraft.parameter import Parameter
from taskgraft.recipe import RECIPES
from taskgraft.taxonomy import IntArray, JudgedTaxonomy, Taxonomy

ALL = "all"
# What `load` draws for test where nobody says otherwise.
_TEST_FRACTION = 0.2


@dataclass(frozen=True, eq=False)
class LabelledData:
    """Data to judge a model on.

    Attributes:
        data: The images; where the model was trained on them, in the splits of that run.
        is_of_training: Whether they are, to the pixel, what the model was trained on.
    """

    data: Dataset
    is_of_training: bool

    def chosen(self, split: str | None) -> tuple[str, IntArray]:
        """A split by its name and its images; unless named, test where there is one, else all images.

        Raises:
            RequestError: If there is no such split, or no image in it.
        """
        indices = self.data.indices
        if split is None:
            split = "test" if len(indices["test"]) else ALL
        if split == ALL:
            return ALL, np.sort(np.concatenate([indices[name] for name in SPLITS]))
        named = next((name for name in SPLITS if name == split), None)
        if named is None:
            raise unknown_name(Parameter("split"), split, (*SPLITS, ALL))
        if not len(indices[named]):
            filled = [name for name in SPLITS if len(indices[name])]
            raise RequestError.expected(
                Parameter("split"),
                f"one with images ({', '.join([*filled, ALL])})",
                split,
                "Name another one.",
            )
        return named, indices[named]


def labelled_data(model: Model, data: Dataset | Path | str, options: Mapping[str, Any]) -> LabelledData:
    """Reads data as a model takes them.

    Args:
        model: The model.
        data: A dataset; or what `load` takes.
        options: Of `load`. Pictures are loaded in the model's size and fit, and no split is drawn, unless
            these say otherwise.

    Raises:
        RequestError: If the images are of another shape than the model's.
        DataError: If the data cannot be read.
    """
    if isinstance(data, Dataset):
        if options:
            what = ", ".join(str(Parameter(name)) for name in options)
            raise RequestError.expected(
                what, "left out where the data are loaded already", data.provenance.source, "Leave it out."
            )
        opened, divided = data, iter([data])
    else:
        opened = load(data, **_options(model, str(data), options))
        divided = _in_splits(_under_levels_of(_to_train_on(opened), model.taxonomy))
    _check_shape(opened, model)
    digest = model.description.origin.data_digest
    same = next((each for each in divided if digest and each.digest() == digest), None)
    partition = model.description.origin.partition
    if same is not None and partition is not None:
        same = same.with_partition(partition)
    return LabelledData(same or opened, same is not None)


def _options(model: Model, source: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """How pictures are read for a model; a dataset by name has no such options."""
    if source in SOURCES:
        return {**options}
    usual = _usual(model)
    if options.get("test_fraction") is not None:
        # Data with a test split that is drawn could be trained on.
        del usual["keeps_single"]
    return {**usual, **options}


def _usual(model: Model) -> dict[str, Any]:
    _, height, width = model.image_shape
    size = {"size": height} if height == width else {}
    fit = model.description.preprocessing.fit or "crop"
    return {**size, "fit": fit, "test_fraction": None, "keeps_single": True}


def _to_train_on(data: Dataset) -> Dataset:
    """The data as a study has them: without levels of a single class; as they are where nothing is left."""
    varied = data.taxonomy.varied if isinstance(data.taxonomy, JudgedTaxonomy) else None
    if varied is None:
        return data
    kept = [data.taxonomy.level_names.index(name) for name in varied.level_names]
    only = {level.name: level.classes[0] for level in data.taxonomy.levels if level.num_classes == 1}
    labels = np.ascontiguousarray(data.labels[:, kept])
    return replace(data, taxonomy=varied, labels=labels, only_classes=only)


def _under_levels_of(data: Dataset, model: Taxonomy) -> Dataset:
    """The data with the levels called as the model calls them: a folder does not say what its levels are."""
    if data.taxonomy.num_levels != model.num_levels:
        return data
    pairs = zip(data.taxonomy.levels, model.level_names, strict=True)
    levels = tuple(replace(level, name=name) for level, name in pairs)
    return replace(data, taxonomy=replace(data.taxonomy, levels=levels))


def _in_splits(data: Dataset) -> Iterator[Dataset]:
    """The data, and as a study may have divided them."""
    yield data
    try:
        if not len(data.indices["test"]):
            data = data.with_test_fraction(_TEST_FRACTION)
        for fraction in sorted({make().val_fraction for make in RECIPES.values()}):
            yield data.with_val_fraction(fraction)
    except TaskgraftError:
        # Too few images to divide: no study was made of them.
        return


def _check_shape(data: Dataset, model: Model) -> None:
    channels, *size = data.image_shape
    expected, *expected_size = model.image_shape
    if size != expected_size or (channels != expected and {channels, expected} != {1, 3}):
        is_resized = data.provenance.fit is not None
        raise RequestError.expected(
            "the images",
            f"of the model's shape {model.image_shape}",
            data.image_shape,
            f"Load the data with {Parameter('size', expected_size[0])}."
            if is_resized
            else "Pixels that came in one size are not resized: choose another model, or pictures.",
        )
