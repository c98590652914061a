"""The predictions of a run are read once, whatever is made of them, and are not kept."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_study import NUM_IMAGES, TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.report import read_pictures, write_report
from taskgraft.scores import majority, probs_of
from taskgraft.study import (
    PREDICTIONS,
    Kept,
    Study,
    _files,
    read_split,
    read_splits,
    run_directory,
    write_gallery,
)
from taskgraft.verdict import _gather, conclude

PAIR = [catalogue(TAXONOMY.level_names)[name] for name in ("independent", "shared")]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two architectures, three seeds, and a gallery."""
    study = drawn_study(tmp_path, architectures=PAIR, seeds=[0, 1, 2], gains={"shared": 0.05})
    images = np.zeros((3, 1, 4, 4), np.uint8)
    worst, other = Kept(np.array([5, 0, NUM_IMAGES - 1]), images), Kept(np.array([7]), images[:1])
    write_gallery(study.directory, {"worst": worst, "disagreements": other}, study.runs)
    return Study.open(tmp_path)


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the predictions of each run are opened."""
    counts: Counter[str] = Counter()
    opened = _files.opened_tensors

    @contextmanager
    def counted(path: Path, framework: str) -> Iterator[Any]:
        if path.name == PREDICTIONS:
            counts[path.parent.name] += 1
        with opened(path, framework) as file:
            yield file

    monkeypatch.setattr(_files, "opened_tensors", counted)
    return counts


def test_a_conclusion_with_its_report_opens_every_run_once(study: Study, openings: Counter[str]) -> None:
    verdict = conclude(study)
    write_report(study, verdict)
    verdict_json(study, verdict)
    assert openings == {run.name: 1 for run in study.runs}


def test_the_gallery_shows_what_most_seeds_say_and_the_mean_confidence(study: Study) -> None:
    gallery = read_pictures(study, conclude(study))
    assert [len(gallery.worst), len(gallery.disagreements)] == [3, 1]
    logits = {
        run.name: read_split(
            run_directory(study.directory, run.variant, run.seed), TAXONOMY.level_names, "test"
        )[0]
        for run in study.runs
    }
    for position, picture in zip(
        (5, 0, NUM_IMAGES - 1, 7), (*gallery.worst, *gallery.disagreements), strict=True
    ):
        confidences = [probs_of(of_run[-1][position : position + 1]).max() for of_run in logits.values()]
        assert picture.confidence == pytest.approx(np.mean(confidences))
        votes = np.stack([logits[f"shared-seed{seed}"][-1][[position]].argmax(1) for seed in range(3)])
        assert dict(picture.predicted)["shared"][-1] == TAXONOMY.levels[-1].classes[majority(votes)[0]]


def test_a_gallery_of_other_images_is_not_shown(study: Study) -> None:
    images = np.zeros((1, 1, 4, 4), np.uint8)
    kept = {"worst": Kept(np.array([NUM_IMAGES]), images), "disagreements": Kept(np.array([0]), images)}
    write_gallery(study.directory, kept, study.runs)
    assert read_pictures(study, conclude(study)) is None


def test_the_logits_of_one_run_are_gone_before_those_of_the_next_are_read(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[weakref.ref[np.ndarray]] = []

    def read(directory: Path, levels: Sequence[str]) -> dict[str, Any]:
        assert not any(one() is not None for one in kept)
        splits = read_splits(directory, levels)
        kept.extend(weakref.ref(level) for logits, _ in splits.values() for level in logits)
        return splits

    monkeypatch.setattr(_gather, "read_splits", read)
    conclude(study)
    assert len(kept) == 6 * 2 * 2
    assert not any(one() is not None for one in kept)
