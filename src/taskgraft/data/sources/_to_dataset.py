"""From the pictures of a source to a dataset: labels numbered, pictures stored, splits made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from taskgraft.data._dataset import Dataset
from taskgraft.data._lost_classes import lost_classes, on_lost_classes
from taskgraft.data._provenance import SPLIT_AS_GIVEN, Provenance
from taskgraft.data._splits import draw_subset, draw_test, strata_of
from taskgraft.data.labels import (
    SPLITS,
    Labelling,
    Split,
    label_columns,
    splits_of_cells,
)
from taskgraft.data.sources._decoding_progress import decoding_progress
from taskgraft.data.sources._left_out import without_splits
from taskgraft.data.sources._repeated_pictures import on_repeated_pictures
from taskgraft.data.sources._samples import Samples
from taskgraft.data.store import ImageStore, OnBadImage, build_store
from taskgraft.errors import DataError, RequestError, TaxonomyError
from taskgraft.parameter import Parameter
from taskgraft.pictures import Fit, Picture
from taskgraft.several import Names
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.toml_file import in_file

_TEST_FRACTION = 0.2
TestShare = float | Literal["auto"] | None


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
        samples, splits = without_splits(samples, splits, leave_out)
    if "test" in splits:
        _check_not_drawn(test_fraction)
    if not len(samples.pictures):
        raise DataError.expected(
            samples.source, "pictures with labels", "none", "Check what you named, and its levels."
        )
    labelling = _labelled(samples)
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


def _labelled(samples: Samples) -> Labelling:
    """The labels, numbered; of names that a file of the taxonomy does not have, that file is named."""
    try:
        return label_columns(
            samples.columns,
            has_tree=samples.has_tree,
            taxonomy=samples.taxonomy,
            order=samples.order,
            is_text=samples.is_text,
            images=samples.names,
            keeps_single=samples.keeps_single,
        )
    except TaxonomyError as error:
        if samples.taxonomy_file is None:
            raise
        raise in_file(samples.taxonomy_file, error) from error


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


def _parts(
    splits: Sequence[Split | None], labelling: Labelling, store: ImageStore, test_fraction: TestShare
) -> tuple[dict[Split, IntArray], str]:
    """The images of each split, and in words where the test split is from."""
    words = np.array([split or "" for split in splits])[store.positions]
    parts: dict[Split, IntArray] = {split: np.flatnonzero(words == split) for split in SPLITS}
    # Images without a split are train, unless a test split is drawn from them.
    rest = np.sort(np.concatenate([parts["train"], np.flatnonzero(words == "")]))
    if len(parts["test"]) or test_fraction is None:
        return {**parts, "train": rest}, SPLIT_AS_GIVEN if len(parts["test"]) else "none"
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
