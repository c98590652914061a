"""Classes and confusions of every variant, against scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from taskgraft.architecture import catalogue
from taskgraft.study import read_splits, run_directory
from taskgraft.verdict import conclude, scores_of_classes, times, worst_confusions

LEVELS = TAXONOMY.level_names


def test_scores_of_all_seeds_are_those_of_scikit_learn(tmp_path: Path) -> None:
    six = catalogue(LEVELS)
    study = drawn_study(tmp_path, architectures=[six["independent"], six["shared"]], seeds=[0, 1])
    verdict = conclude(study)
    assert list(verdict.confusions) == ["independent", "shared"]
    for name, confusions in verdict.confusions.items():
        scores = scores_of_classes(confusions, TAXONOMY)
        splits = [read_splits(run_directory(study.directory, name, seed), LEVELS)["test"] for seed in (0, 1)]
        for i, level in enumerate(LEVELS):
            true = np.concatenate([targets[:, i] for _, targets in splits])
            pred = np.concatenate([logits[i].argmax(axis=1) for logits, _ in splits])
            precision, recall, f1, support = precision_recall_fscore_support(true, pred, zero_division=np.nan)
            np.testing.assert_allclose(scores[level].precision, precision)
            np.testing.assert_allclose(scores[level].recall, recall)
            np.testing.assert_allclose(scores[level].f1, f1)
            assert scores[level].support.tolist() == support.tolist()
            matrix = confusion_matrix(true, pred)
            np.fill_diagonal(matrix, 0)
            worst = [one for one in worst_confusions(confusions, TAXONOMY) if one.level == level]
            assert worst[0].num_images == matrix.max()
            assert sum(one.num_images for one in worst) <= matrix.sum()
            assert [one.num_images for one in worst] == sorted(
                (one.num_images for one in worst), reverse=True
            )


def test_a_study_of_one_run_has_its_confusions(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=[catalogue(LEVELS)["shared"]], seeds=[0]))
    assert verdict.recommendation is None
    assert verdict.confused == "shared"
    assert sum(n for _, _, n in verdict.confusions["shared"][0].cells) == 600


@pytest.mark.parametrize(("number", "words"), [(1, "once"), (2, "twice"), (40, "40 times")])
def test_how_often(number: int, words: str) -> None:
    assert times(number) == words
