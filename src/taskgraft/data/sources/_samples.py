"""Pictures that somebody else keeps, with their labels and splits, before a pixel of them is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from taskgraft.data._dataset import Dataset
from taskgraft.data._lost_classes import lost_classes, on_lost_classes
from taskgraft.data._provenance import Provenance
from taskgraft.data._splits import draw_subset, draw_test, strata_of
from taskgraft.data.labels import (
    SPLITS,
    Column,
    Labelling,
    Split,
    cells_of,
    label_columns,
    split_of,
    splits_of_cells,
)
from taskgraft.data.sources._computed import Computed
from taskgraft.data.sources._decoding_progress import decoding_progress
from taskgraft.data.sources._repeated_pictures import on_repeated_pictures
from taskgraft.data.sources._taxonomy_file import FileTaxonomy
from taskgraft.data.store import ImageStore, OnBadImage, build_store
from taskgraft.errors import DataError, RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import Fit, Picture
from taskgraft.several import Names, listed
from taskgraft.taxonomy import IntArray, Taxonomy

_TEST_FRACTION = 0.2
TestShare = float | Literal["auto"] | None


@dataclass(frozen=True)
class Samples:
    """What a folder, a table or a dataset of the hub says of its pictures.

    Attributes:
        source: What the user named.
        pictures: Paths, or the encoded bytes; None for a picture that the source does not have.
        names: What messages call each picture.
        columns: By level, coarsest first, the cells of its labels as they came.
        splits: The cells that name the split of each picture, as they came; None where no picture has one.
        is_text: Whether all cells came as text, as from a CSV file.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where the source settles them.
        order: By level, the names of the classes in the order of their numbers, where the source has one.
        notes: What was decided on the way, a sentence each.
        options: What the source was given, for the records.
    """

    source: str
    pictures: Sequence[Picture] = field(repr=False)
    names: Sequence[str] = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    splits: Column | None = field(default=None, repr=False)
    is_text: bool = False
    has_tree: bool = True
    taxonomy: Taxonomy | None = None
    order: Mapping[str, Column] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    options: Mapping[str, str | int | float] = field(default_factory=dict)


def to_dataset(
    samples: Samples,
    *,
    size: int | None = None,
    fit: Fit = "crop",
    on_bad_image: OnBadImage = "error",
    test_fraction: TestShare = "auto",
    val_fraction: float = 0.1,
    limit: int | None = None,
    leave_out: Names = (),
) -> Dataset:
    """Numbers the labels, reads the pictures into the store, and makes the splits that are not given.

    Args:
        samples: From a source.
        size: Side of the square images; their own size where all share one, else 64, unless given.
        fit: `crop` or `pad` to the square.
        on_bad_image: `error` names all unreadable pictures at once, `skip` leaves them out.
        test_fraction: Share drawn for test, evenly over the leaves, where the source gives no test split;
            `auto` for 0.2 there. None takes the splits as they are, to judge a model: none is drawn, val
            neither, any may be empty, and images without a split are train.
        val_fraction: Share of train held out for validation, where the source gives no val split.
        limit: Keep at most this many images in each split, evenly over the leaves.
        leave_out: Splits of the source, `val` or `test`, whose pictures are not used: one by one or joined by
            commas. A test split without labels is one to leave out; another is then drawn.

    Raises:
        DataError: For pictures that cannot be read, or splits that stay empty.
        RequestError: If a split to leave out does not exist, or holds no picture, or a share is to be drawn
            where the source has a test split.
        TaxonomyError: For labels that are no tree.
    """
    splits = _splits(samples)
    if leave_out:
        samples, splits = _without(samples, splits, _named_splits(leave_out))
    if "test" in splits:
        _check_not_drawn(test_fraction)
    if not len(samples.pictures):
        raise DataError.expected(
            samples.source, "pictures with labels", "none", "Check what you named, and its levels."
        )
    labelling = label_columns(
        samples.columns,
        has_tree=samples.has_tree,
        taxonomy=samples.taxonomy,
        order=samples.order,
        is_text=samples.is_text,
        images=samples.names,
    )
    with decoding_progress() as (show, say):
        store = build_store(
            samples.pictures, samples.names, size=size, fit=fit, on_bad=on_bad_image, progress=show, say=say
        )
    parts, description = _parts(splits, labelling, store, test_fraction)
    common: dict[str, Any] = {
        "images": store.images,
        "labels": labelling.labels[store.positions],
        "taxonomy": labelling.taxonomy,
        "provenance": _provenance(samples, description, labelling, store, fit),
        "names": [samples.names[i] for i in store.positions],
    }
    if test_fraction is None:
        kept = _limited(parts, common["labels"], labelling.taxonomy, limit)
        data = Dataset(**common, indices=kept, needs=())
    else:
        val = parts["val"] if len(parts["val"]) else val_fraction
        data = Dataset.carve(**common, test=parts["test"], val=val, limit=limit)
    return _noted(data, samples, labelling, store)


def _limited(
    parts: dict[Split, IntArray], labels: IntArray, taxonomy: Taxonomy, limit: int | None
) -> dict[Split, IntArray]:
    """At most so many images of each split."""
    if limit is None:
        return parts
    if limit < 1:
        raise RequestError.expected(Parameter("limit"), "1 or more", limit, "Leave it out for all images.")
    strata = strata_of(labels, taxonomy.num_classes[-1])
    return {split: draw_subset(strata, part, limit) for split, part in parts.items()}


def _splits(samples: Samples) -> list[Split | None]:
    if samples.splits is None:
        return [None] * len(samples.pictures)
    return splits_of_cells(f"the splits of {samples.source}", samples.splits)


def _named_splits(names: Names) -> tuple[Split, ...]:
    splits = [split for name in listed(names) if (split := split_of(name)) in ("val", "test")]
    if len(splits) < len(listed(names)):
        raise RequestError.expected(
            Parameter("leave_out"), "val or test", names, "A study needs its train split."
        )
    return tuple(splits)


def _without(
    samples: Samples, splits: Sequence[Split | None], left_out: Sequence[Split]
) -> tuple[Samples, list[Split | None]]:
    """The samples without the pictures of some splits."""
    for split in left_out:
        if split not in splits:
            raise RequestError.expected(
                f"the {split} split of {samples.source}",
                "one with pictures",
                "none",
                f"Drop {Parameter('leave_out')}.",
            )
    kept = [place for place, split in enumerate(splits) if split not in left_out]
    columns = {name: cells_of(name, column) for name, column in samples.columns.items()}
    counts = ", ".join(f"{splits.count(split):,} of {split}" for split in left_out)
    chosen = replace(
        samples,
        pictures=_chosen(samples.pictures, kept),
        names=[samples.names[i] for i in kept],
        columns={name: [cells[i] for i in kept] for name, cells in columns.items()},
        splits=None,
        notes=(*samples.notes, f"Pictures were left out on request: {counts}."),
        options={**samples.options, "leave_out": ",".join(left_out)},
    )
    return chosen, [splits[i] for i in kept]


def _chosen(pictures: Sequence[Picture], places: Sequence[int]) -> Sequence[Picture]:
    return [pictures[i] for i in places] if isinstance(pictures, list) else _Chosen(pictures, places)


class _Chosen(Computed[Picture]):
    """Some pictures of a sequence that may fetch each from its file."""

    def __init__(self, pictures: Sequence[Picture], places: Sequence[int]) -> None:
        super().__init__([len(places)])
        self._pictures, self._places = pictures, places

    def _item(self, part: int, index: int) -> Picture:
        return self._pictures[self._places[index]]


def _parts(
    splits: Sequence[Split | None], labelling: Labelling, store: ImageStore, test_fraction: TestShare
) -> tuple[dict[Split, IntArray], str]:
    """The images of each split, and in words where the test split is from."""
    words = np.array([split or "" for split in splits])[store.positions]
    parts: dict[Split, IntArray] = {split: np.flatnonzero(words == split) for split in SPLITS}
    # Images without a split are train, unless a test split is drawn from them.
    rest = np.sort(np.concatenate([parts["train"], np.flatnonzero(words == "")]))
    if len(parts["test"]) or test_fraction is None:
        return {**parts, "train": rest}, "own split" if len(parts["test"]) else "none"
    share = _TEST_FRACTION if test_fraction == "auto" else test_fraction
    strata = strata_of(labelling.labels[store.positions], labelling.taxonomy.num_classes[-1])
    return {**parts, "test": draw_test(strata, rest, share)}, f"{share:.0%} drawn for test"


def _check_not_drawn(test_fraction: TestShare) -> None:
    if test_fraction not in ("auto", None):
        rule = "left out where the data has a test split"
        remedy = f"Drop it, or the data's split with {Parameter('leave_out', 'test')}."
        raise RequestError.expected(Parameter("test_fraction"), rule, test_fraction, remedy)


def _provenance(
    samples: Samples, description: str, labelling: Labelling, store: ImageStore, fit: Fit
) -> Provenance:
    return Provenance(
        samples.source,
        description,
        is_official=False,
        options={**samples.options, "size": "x".join(map(str, store.images.shape[2:])), "fit": fit},
        notes=(*samples.notes, *labelling.notes),
        skipped=tuple((bad.name, bad.reason) for bad in store.bad),
    )


def _noted(data: Dataset, samples: Samples, labelling: Labelling, store: ImageStore) -> Dataset:
    """The data with its digest, and with notes on repeated pictures and lost classes."""
    repeated = on_repeated_pictures(data, _files(samples.pictures, store.positions))
    lost = lost_classes(labelling.taxonomy, labelling.labels, store.positions)
    notes = (*data.provenance.notes, *repeated, *on_lost_classes(lost))
    provenance = replace(data.provenance, notes=notes)
    return replace(
        data,
        image_digest=store.digest,
        lost=lost,
        provenance=provenance,
        only_classes=labelling.only_classes,
    )


def _files(pictures: Sequence[Picture], positions: IntArray) -> list[Path | None]:
    """The files that images were read from; a source that fetches contents one by one names none."""
    if not isinstance(pictures, list):
        return []
    chosen = (pictures[i] for i in positions.tolist())
    return [picture if isinstance(picture, Path) else None for picture in chosen]


def with_taxonomy(samples: Samples, file: FileTaxonomy) -> Samples:
    """The same samples with their upper levels taken from a taxonomy, by the names of their finest one.

    A single column of labels whose name is no level's holds the leaves.

    Raises:
        RequestError: If a column is named as no level is.
    """
    columns = dict(samples.columns)
    taxonomy, notes = file
    levels = taxonomy.level_names
    if len(columns) == 1 and not set(columns) & set(levels):
        columns = {levels[-1]: next(iter(columns.values()))}
    strange = [name for name in columns if name not in levels]
    if strange:
        raise RequestError.expected(
            f"the level {strange[0]!r}",
            f"one of the taxonomy's ({', '.join(levels)})",
            strange[0],
            "Rename one of the two.",
        )
    return replace(
        samples, columns=columns, taxonomy=taxonomy, has_tree=taxonomy.is_tree, notes=(*samples.notes, *notes)
    )
