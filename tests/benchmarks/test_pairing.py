"""How much variants have in common over seeds, in scores whose correlation is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import taskgraft as tg
from benchmarks.pairing import bench, scores_of, shared
from taskgraft.data import Dataset
from taskgraft.errors import StudyError
from taskgraft.recipe import Recipe


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8])
def test_intervals_hold_the_correlation(correlation: float) -> None:
    rng = np.random.default_rng(2)
    measured = []
    for _ in range(600):
        scores = np.sqrt(1 - correlation) * rng.standard_normal((6, 5))
        scores += np.sqrt(correlation) * rng.standard_normal(5)
        measured.append(shared(scores / 100 + np.arange(6)[:, None]))
    held = np.mean([one.low <= correlation <= one.high for one in measured])
    assert held == pytest.approx(0.95, abs=3 * 0.009)
    assert np.mean([one.points for one in measured]) == pytest.approx(0.94, abs=0.05)


def test_a_study_is_read_over_the_seeds_that_all_have(
    tmp_path: Path, tiny_data: Dataset, tiny_recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"data": tiny_data, "recipe": tiny_recipe, "out": tmp_path / "study", "num_threads": 1}
    one_seed = tg.compare(architectures="independent,shared", seeds=1, **options)
    with pytest.raises(StudyError, match="a study of two variants and two seeds at least"):
        scores_of(one_seed, "full_path_accuracy")
    study = tg.compare(architectures="independent,shared", seeds=2, **options)
    assert scores_of(study, "full_path_accuracy").shape == (2, 2)
    capsys.readouterr()
    bench([study.directory])
    said = capsys.readouterr().out
    assert "study: full_path_accuracy" in said
    assert "2 variants, 2 seeds" in said
