"""Pictures that somebody else keeps, with their labels and splits, before a pixel of them is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from taskgraft.data.dataset import SPLITS, Dataset, Provenance, Split
from taskgraft.data.decode import Fit
from taskgraft.data.decoding_progress import decoding_progress
from taskgraft.data.image_store import ImageStore, OnBadImage, build_store
from taskgraft.data.labels import Column, Labelling, label_columns
from taskgraft.data.splits import draw_test, strata_of
from taskgraft.errors import DataError, RequestError
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class Samples:
    """What a folder, a table or a dataset of the hub says of its pictures.

    Attributes:
        source: What the user named.
        pictures: Paths, or the encoded bytes.
        names: What messages call each picture.
        columns: By level, coarsest first, one class name a picture; None or empty where it is not known.
        splits: Of each picture; all None where the source does not tell.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where the source knows them.
        order: By level, the classes in the order of their numbers, where the source tells.
        notes: What was decided on the way, a sentence each.
        options: What was asked of the source, for the records.
    """

    source: str
    pictures: Sequence[Path | bytes] = field(repr=False)
    names: Sequence[str] = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    splits: Sequence[Split | None] = field(repr=False)
    has_tree: bool = True
    taxonomy: Taxonomy | None = None
    order: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    options: Mapping[str, str | int | float] = field(default_factory=dict)


def to_dataset(
    samples: Samples, *, size: int | None = None, fit: Fit = "crop", on_bad_image: OnBadImage = "error",
    test_fraction: float = 0.2, val_fraction: float = 0.1, limit: int | None = None,
) -> Dataset:  # fmt: skip
    """Numbers the labels, reads the pictures into the store, and makes the splits that are not given.

    Args:
        samples: From a source.
        size: Side of the square images; their own size where all share one, else 64, unless told.
        fit: `crop` or `pad` to the square.
        on_bad_image: `error` names all unreadable pictures at once, `skip` leaves them out.
        test_fraction: Share drawn for test, evenly over the leaves, where the source gives no test split.
        val_fraction: Share of train held out for validation, where the source gives no val split.
        limit: Keep at most this many images in each split, evenly over the leaves.

    Raises:
        DataError: For pictures that cannot be read, or splits that stay empty.
        TaxonomyError: For labels that are no tree.
    """
    if not len(samples.pictures):
        raise DataError.expected(
            samples.source, "pictures with labels", "none", "Check what you named, and its levels."
        )
    labelling = label_columns(
        samples.columns, has_tree=samples.has_tree, taxonomy=samples.taxonomy, order=samples.order
    )
    with decoding_progress() as progress:
        store = build_store(
            samples.pictures, samples.names, size=size, fit=fit, on_bad=on_bad_image, progress=progress
        )
    return _assemble(samples, labelling, store, fit, test_fraction, val_fraction, limit)


def _assemble(
    samples: Samples, labelling: Labelling, store: ImageStore, fit: Fit, test_fraction: float,
    val_fraction: float, limit: int | None,
) -> Dataset:  # fmt: skip
    labels = labelling.labels[store.positions]
    told = np.array([split or "" for split in samples.splits])[store.positions]
    parts = {split: np.flatnonzero(told == split) for split in SPLITS}
    options = {**samples.options, "size": "x".join(str(side) for side in store.images.shape[2:]), "fit": fit}
    # What the source does not say is train, until a test split is drawn from it.
    rest = np.concatenate([parts["train"], np.flatnonzero(told == "")])
    description = "own split"
    if not len(parts["test"]):
        strata = strata_of(labels, labelling.taxonomy.num_classes[-1])
        parts["test"] = draw_test(strata, rest, test_fraction)
        description = f"{test_fraction:.0%} drawn for test"
    provenance = Provenance(
        samples.source, description, is_official=False, options=options,
        notes=(*samples.notes, *labelling.notes),
        skipped=tuple((bad.name, bad.reason) for bad in store.bad),
    )  # fmt: skip
    return Dataset.carve(
        store.images, labels, labelling.taxonomy, test=parts["test"], provenance=provenance,
        val=parts["val"] if len(parts["val"]) else None, val_fraction=val_fraction, limit=limit,
        names=[samples.names[i] for i in store.positions], image_digest=store.digest,
    )  # fmt: skip


def with_taxonomy(samples: Samples, taxonomy: Taxonomy) -> Samples:
    """The same samples with their upper levels taken from a taxonomy, by the names of their finest one.

    A single column of labels of another name than any level is taken for the leaves.

    Raises:
        RequestError: If a column is named as no level is.
    """
    columns = dict(samples.columns)
    known = taxonomy.level_names
    if len(columns) == 1 and not set(columns) & set(known):
        columns = {known[-1]: next(iter(columns.values()))}
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise RequestError.expected(
            f"the level {unknown[0]!r}", f"one of the taxonomy's ({', '.join(known)})", unknown[0],
            "Rename one of the two.",
        )  # fmt: skip
    return replace(samples, columns=columns, taxonomy=taxonomy, has_tree=taxonomy.is_tree)
