"""Test images that are in train or val, too, and the primary score without them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_study import NUM_IMAGES, TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.study import Study, read_splits, run_directory, write_record
from taskgraft.study._data_facts import DataFacts
from taskgraft.study._files import DATA
from taskgraft.verdict import conclude

LEVELS = TAXONOMY.level_names
COUNTS = dict.fromkeys(("train", "val", "test"), ((200,) * 3, (60,) * 9))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    six = catalogue(LEVELS)
    return drawn_study(tmp_path, architectures=[six["independent"], six["shared"]], seeds=[0, 1])


def test_the_primary_score_without_them(study: Study) -> None:
    copies = {"train": tuple(range(100)), "val": (50, NUM_IMAGES - 1)}
    write_record(study.directory / DATA, DataFacts(data="0" * 64, class_counts=COUNTS, test_copies=copies))
    verdict = conclude(study)
    found = verdict.copies
    assert found is not None
    assert (found.num_images, found.num_in_train, found.num_in_val) == (101, 100, 2)
    kept = np.setdiff1d(np.arange(NUM_IMAGES), [*range(100), NUM_IMAGES - 1])
    for standing in verdict.standings:
        rights = []
        for seed in (0, 1):
            logits, targets = read_splits(run_directory(study.directory, standing.variant, seed), LEVELS)[
                "test"
            ]
            preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
            rights.append((preds == targets).all(axis=1))
        of_kept = np.mean([right[kept].mean() for right in rights])
        assert found.without_copies[standing.variant] == pytest.approx(of_kept)
        assert found.with_copies[standing.variant] == pytest.approx(np.mean(rights))
    (caution,) = [one for one in verdict.cautions if one.startswith("Copies: ")]
    assert "101 of 600 test images have exactly the pixels of an image of train (100) or val (2)" in caution


@pytest.mark.parametrize("copies", [None, {"train": (), "val": ()}])
def test_no_copies_or_nobody_looked(study: Study, copies: dict[str, tuple[int, ...]] | None) -> None:
    write_record(study.directory / DATA, DataFacts(data="0" * 64, class_counts=COUNTS, test_copies=copies))
    verdict = conclude(study)
    assert verdict.copies is None
    assert not any(one.startswith("Copies") for one in verdict.cautions)


@pytest.mark.parametrize(("num_torn", "is_said"), [(None, False), (0, False), (9, False), (90, True)])
def test_labels_that_contradict_one_another_are_a_caution(
    study: Study, num_torn: int | None, is_said: bool
) -> None:
    write_record(study.directory / DATA, DataFacts(data="0" * 64, class_counts=COUNTS, num_torn=num_torn))
    total = sum(study.record.request.data.num_images.values())
    said = [one for one in conclude(study).cautions if one.startswith("Labels that contradict one another")]
    assert bool(said) == is_said
    assert (
        not said
        or f"90 of {total:,} images have exactly the pixels of an image with another label" in said[0]
    )
