"""Many pairs at once: each as `Evidence.contrast` and a test of its seeds have it, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.statistics import Looks, by_partition, sign_flip_p
from taskgraft.verdict import Verdict, conclude
from taskgraft.verdict import _pair_differences as module
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather
from taskgraft.verdict._pair_differences import PairDifferences

SIX = catalogue(TAXONOMY.level_names)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Six variants of five seeds, of which one lacks a seed; some species have no label."""
    study = drawn_study(
        tmp_path_factory.mktemp("pairs"),
        gains={"shared": 0.03},
        missing=[("shared", 4)],
        unlabelled={"species": 0.2},
    )
    return replace(gather(study, num_draws=200), primary="full_path_accuracy")


class Partitioned(Evidence):
    """The same runs, as if seeds took two partitions in turns."""

    def partitions(self, seeds):
        return [seed % 2 for seed in seeds]


class LookedAt(Evidence):
    """The same runs, of a study that is looked at while it grows to eight seeds."""

    looks = Looks(8, (2, 3))


@pytest.mark.parametrize("kind", [Evidence, Partitioned, LookedAt])
@pytest.mark.parametrize("seeds", [(0, 1, 2, 3), (2,)])
def test_it_is_each_pair_by_itself(evidence: Evidence, kind: type[Evidence], seeds: tuple[int, ...]) -> None:
    fields = {name: getattr(evidence, name) for name in Evidence.__dataclass_fields__}
    held = kind(**fields)
    pairs = list(combinations(held.names, 2))
    measured = [("independent", score) for score in held.score_names]
    measured += [("top-down", "accuracy.species"), ("summed", "full_path_accuracy")]
    for decoding, score in measured:
        both = dict.fromkeys(held.names, decoding)
        for (a, b), (interval, p) in zip(
            pairs, PairDifferences(held, pairs, seeds).at(score, decoding), strict=True
        ):
            assert interval == held.contrast(score, {a: 1.0, b: -1.0}, both, seeds)
            assert p == exact_p(held, (a, b), seeds, (score, decoding))


def exact_p(
    evidence: Evidence, pair: tuple[str, str], seeds: tuple[int, ...], how: tuple[str, str]
) -> float | None:
    """Of the seeds, or of their partitions."""
    first, second = (evidence.arrays(name, seeds, *how) for name in pair)
    differences, _ = by_partition(first[0] - second[0], first[1] - second[1], evidence.partitions(seeds))
    return None if len(seeds) < 2 else sign_flip_p(differences)


def test_blocks_of_pairs_change_nothing(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    differences = PairDifferences(evidence, list(combinations(evidence.names, 2)), (0, 1, 2))
    whole = differences.at("accuracy.kind", "independent")
    monkeypatch.setattr(module, "_BLOCK", 4)
    assert differences.at("accuracy.kind", "independent") == whole


def test_pairs_are_taken_together_and_each_variant_is_stacked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve variants have 66 pairs, six have 15: three batches a score for one, and twice the arrays."""
    counts = {}
    for number in (6, 12):
        twice = [replace(one, name=f"{one.name}{i}") for i in range(number // 6) for one in SIX.values()]
        study = drawn_study(tmp_path / str(number), architectures=twice, seeds=(0, 1))
        calls = {"batches": 0, "arrays": 0}
        counted(monkeypatch, calls)
        verdict = conclude(study)
        assert num_pairs(verdict) == number * (number - 1) // 2
        counts[number] = calls
        monkeypatch.undo()
    assert counts[12]["batches"] == 3 * counts[6]["batches"]
    assert counts[12]["arrays"] == 2 * counts[6]["arrays"]


def counted(monkeypatch: pytest.MonkeyPatch, calls: dict[str, int]) -> None:
    intervals, arrays = module.contrast_intervals, Evidence.arrays

    def batch(values: np.ndarray, *rest, **named):
        calls["batches"] += 1
        return intervals(values, *rest, **named)

    class Counted(PairDifferences):
        def at(self, score, decoding):
            def one(*key):
                calls["arrays"] += 1
                return arrays(*key)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Evidence, "arrays", one)
                return super().at(score, decoding)

    monkeypatch.setattr(module, "contrast_intervals", batch)
    monkeypatch.setattr("taskgraft.verdict._comparisons.PairDifferences", Counted)


def num_pairs(verdict: Verdict) -> int:
    return sum(c.score == verdict.primary for c in verdict.comparisons)
