"""Stopping rules on studies that are drawn from a pool of runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks.stopping.__main__ import compared
from benchmarks.stopping.draws import all_variants, one_twice, trials, two_of_them
from benchmarks.stopping.pool import SCORE, Pool, pooled
from benchmarks.stopping.rules import Ending, adastop, fixed, until_decided
from benchmarks.stopping.tables import Row, at_equal_error, errors, lines, row
from taskgraft.execution import compare

MARGIN = 0.05


def made(accuracies: dict[str, float], num_seeds: int = 8, num_images: int = 600) -> Pool:
    """A pool whose networks are right on each image with such a chance."""
    generator, keys = np.random.default_rng(3), [(name, s) for name in accuracies for s in range(num_seeds)]
    rights = {key: (generator.random(num_images) < accuracies[key[0]]).astype(np.float32) for key in keys}
    macs = {name: 100 * 2**place for place, name in enumerate(accuracies)}
    return Pool(tuple(accuracies), num_seeds, rights, {key: accuracies[key[0]] for key in keys}, macs)


def test_a_pool_is_what_the_runs_of_a_study_get_right(tmp_path: Path) -> None:
    study = compare("shapes", "shared,flat", "quick", 2, epochs=0.5, limit=320, out=tmp_path / "study")
    pool = pooled(study)
    assert (pool.variants, pool.num_seeds, pool.num_images) == (("shared", "flat"), 2, 320)
    for run in study.runs:
        assert pool.rights[run.variant, run.seed].mean() == pytest.approx(run.scores[SCORE])
        assert pool.on_val[run.variant, run.seed] == run.val_scores[SCORE]


def test_drawn_studies_have_paired_seeds_and_what_is_true_of_the_whole_pool() -> None:
    pool = made({"a": 0.3, "b": 0.6, "c": 0.5})
    [trial] = trials(pool, all_variants, 5, 200, 1)
    assert trial.study.scores.shape == (3, 5)
    assert trial.study.draws.shape[:2] == (3, 5)
    assert trial.study.macs == (100, 200, 400)
    assert trial.everywhere == pool.scores()
    assert trial.here != trial.everywhere
    generator = np.random.default_rng(0)
    runs = all_variants(pool, 5, generator)
    assert len({tuple(seed for _, seed in keys) for keys in runs.values()}) == 1
    assert len(two_of_them(pool, 5, generator)) == 2
    first, second = one_twice(pool, 4, generator).values()
    assert len({*first, *second}) == 8
    assert len({name for name, _ in (*first, *second)}) == 1


@pytest.mark.parametrize(
    "rule",
    [
        partial(until_decided, margin=MARGIN, most=8),
        partial(adastop, plan=(4, 2), alpha=0.05),
        partial(fixed, num_seeds=3),
    ],
)
def test_a_clear_winner_is_taken_by_every_rule(rule: partial[Ending]) -> None:
    [trial] = trials(made({"a": 0.3, "b": 0.7, "c": 0.5}), all_variants, 8, 400, 1)
    ending = rule(trial.study)
    assert ending.winner == "b"
    assert ending.num_runs < 24
    assert errors(ending, trial.everywhere, MARGIN) == errors(ending, trial.here, MARGIN)
    assert not errors(ending, trial.here, MARGIN).is_wrong


def test_one_of_two_names_of_the_same_runs_is_claimed_by_none() -> None:
    drawn = trials(made({"a": 0.5}, 16), one_twice, 8, 400, 5)
    for trial in drawn:
        assert not until_decided(trial.study, MARGIN, 8).claims
    assert sum(bool(adastop(trial.study, (4, 2), 0.01).claims) for trial in drawn) <= 1


def test_errors_are_winners_too_far_behind_and_claims_that_are_not_so() -> None:
    truth = {"a": 0.5, "b": 0.58, "c": 0.6}
    right = Ending("b", frozenset({("c", "a")}), 9, "b")
    assert vars(errors(right, truth, MARGIN)) == {"is_far": False, "is_wrong": False}
    turned = Ending("b", frozenset({("a", "b")}), 9)
    assert vars(errors(turned, truth, MARGIN)) == {"is_far": False, "is_wrong": True}
    assert vars(errors(Ending("a", frozenset(), 9, "a"), truth, MARGIN)) == {"is_far": True, "is_wrong": True}
    assert vars(errors(Ending("a", frozenset(), 9), truth, MARGIN)) == {"is_far": True, "is_wrong": False}


def test_the_rival_is_the_cheapest_that_errs_no_more() -> None:
    drawn = trials(made({"a": 0.3, "b": 0.7}), all_variants, 2, 100, 4)

    def ended(rule: str, winners: str, num_runs: int) -> Row:
        endings = [Ending(winner, frozenset(), num_runs) for winner in winners]
        return row(rule, endings, drawn, MARGIN)

    rivals = [ended("hasty", "aaab", 2), ended("middling", "abbb", 5), ended("slow", "bbbb", 9)]
    table = list(at_equal_error(rivals, [ended("one", "babb", 8), ended("none", "bbbb", 3)]))
    assert table[2] == "| one | 8.0 | 25.0 (4.6 to 69.9) | middling | 5.0 | 3.0 (3.0 to 3.0) |"
    assert table[3].endswith("| slow | 9.0 | -6.0 (-6.0 to -6.0) |")
    assert list(at_equal_error(rivals[:1], [ended("none", "bbbb", 3)]))[2].endswith("| none | | |")
    assert next(text for text in lines(rivals) if "slow" in text).startswith(
        "| slow | 9.0 (9.0 to 9.0) | 0.0"
    )


def test_what_is_printed_has_every_rule(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.stopping.__main__.MOST", 4)
    monkeypatch.setattr("benchmarks.stopping.__main__.NUMBERS", (2, 3, 4))
    monkeypatch.setattr("benchmarks.stopping.__main__.PLANS", ((2, 2),))
    compared(made({"a": 0.4, "b": 0.6}), two_of_them, (MARGIN,), 200, 2)
    printed = capsys.readouterr().out
    for part in ("Margin 5 points:", "until decided, at most 4", "AdaStop, 2 looks of 2, 5 %", "mean of 3"):
        assert part in printed
