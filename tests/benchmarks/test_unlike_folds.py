"""Folds that hold out whole groups of pictures that look alike."""

from __future__ import annotations

import numpy as np

from benchmarks.unlike_folds import NUM_FOLDS, folds


def test_what_looks_alike_stays_together_and_folds_are_about_equal() -> None:
    generator = np.random.default_rng(0)
    # Twelve sessions of five pictures each in either class, each next to copies of one picture.
    sessions = generator.normal(size=(24, 30))
    features = np.repeat(sessions, 5, axis=0) + 0.01 * generator.normal(size=(120, 30))
    classes = np.repeat([0, 1], 60)
    result = folds(features, classes)
    assert (result.reshape(24, 5) == result.reshape(24, 5)[:, :1]).all()
    for each in (0, 1):
        sizes = np.bincount(result[classes == each], minlength=NUM_FOLDS)
        assert sizes.min() >= 10
    assert (folds(features, classes) == result).all()


def test_a_class_of_one_picture_has_a_fold() -> None:
    features = np.random.default_rng(0).normal(size=(4, 5))
    assert set(folds(features, np.array([0, 1, 1, 1]))) <= set(range(NUM_FOLDS))
