"""Studies of many runs: what their verdict and their page hold, and what grows with what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from large_studies import KINDS, many_variants

from benchmarks.reporting import figures_of
from taskgraft.report import write_report
from taskgraft.statistics import _permutation
from taskgraft.verdict import conclude


def test_the_page_of_forty_variants_of_a_hundred_classes_has_little_more_than_two_megabytes(
    tmp_path: Path,
) -> None:
    """And its bytes grow with the variants, not with their pairs: 20 have 190 of them, 40 have 780."""
    pages = {
        4 * number: write_report(many_variants(tmp_path / str(number), number)).read_text("utf-8")
        for number in (4, 8)
    }
    small, large = (len(page.encode()) for page in pages.values())
    assert large < 2_200_000
    assert large < 2 * small
    styles = re.findall(r"<style>[^<]*</style>", pages[32])
    assert len(styles) == len(set(styles))


def test_of_25_seeds_no_list_of_patterns_is_longer_than_that_of_half_the_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, all_sums = [], _permutation._all_sums

    def counted(half):
        listed.append(2 ** len(half))
        return all_sums(half)

    monkeypatch.setattr(_permutation, "_all_sums", counted)
    verdict = conclude(KINDS["25-seeds"](tmp_path))
    num_pairs = len(verdict.comparisons) + len(verdict.decoded_comparisons)
    assert max(listed) == 2**13
    assert len(listed) <= 2 * num_pairs
    assert {c.interval.num_seeds for c in verdict.comparisons} == {25}


def test_the_bench_measures_each_part_and_the_page(tmp_path: Path) -> None:
    figures = figures_of(many_variants(tmp_path, 2), rounds=1)
    assert [figure.figure for figure in figures] == [
        "runs_scored.cpu",
        "runs_kept.cpu",
        "verdict.cpu",
        "page.cpu",
        "page.size",
    ]
    assert all(figure.value > 0 for figure in figures)
