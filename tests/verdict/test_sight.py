"""The smallest difference that a study can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from drawn_study import drawn_study

from taskgraft.architecture import catalogue
from taskgraft.report import write_report
from taskgraft.statistics import Looks, VarianceParts
from taskgraft.study import STUDY, Goal, LookRecord, Study, write_record
from taskgraft.verdict import conclude, sight, sight_ahead
from taskgraft.verdict._look import looks_of

PAIR = list(catalogue(["kind", "species"]).values())[:2]


def test_a_study_says_what_it_can_show_by_its_own_variances(tmp_path: Path) -> None:
    said = conclude(drawn_study(tmp_path, architectures=PAIR)).sight
    assert re.fullmatch(
        r"With 5 seeds and 600 test images, four studies of five find a difference of [\d.]+ points?; with "
        r"endless seeds [\d.]+ points?\.",
        said,
    )


def test_before_anything_is_trained_it_says_that_it_is_what_usually_is() -> None:
    assert sight(3, 2, 2000).endswith("as two variants of 65 % accuracy usually vary.")
    assert "as the first of" not in sight(3, 2, 2000)
    assert "as the first of 3 pairs" in sight(3, 3, 2000)
    assert sight(3, 1, 2000) == ""


def test_one_seed_shows_none(tmp_path: Path) -> None:
    said = conclude(drawn_study(tmp_path, architectures=PAIR, seeds=[0])).sight
    assert said.startswith("One seed shows no difference. With endless seeds on these 600 test images")


def smallest(said: str) -> float:
    """The first difference that it speaks of, in points."""
    return float(re.search(r"difference of ([\d.]+) point", said)[1])  # type: ignore[index]


def test_a_look_at_some_of_the_planned_seeds_shows_less_than_the_only_one() -> None:
    once, of_ten = sight(5, 2, 10_000), sight(5, 2, 10_000, looks=Looks(10))
    assert of_ten.startswith("With 5 of 10 planned seeds and")
    assert smallest(of_ten) > 1.3 * smallest(once)
    assert sight(10, 2, 10_000, looks=Looks(10)) == sight(10, 2, 10_000)
    assert sight(10, 2, 10_000, looks=Looks(10, (5,))).startswith("With 10 seeds and")
    assert sight(5, 2, 10_000, looks=Looks(None)).startswith("With 5 seeds of an open horizon and")
    assert sight(5, 2, 10_000, looks=Looks(3, (3,))).startswith("With 5 seeds where 3 were planned and")


def test_a_plan_without_runs_goes_by_what_is_usual(tmp_path: Path) -> None:
    request = drawn_study(tmp_path, architectures=PAIR).record.request
    assert sight_ahead(request, 5, None, Looks(5)) == sight(5, 2, 600)
    assert sight_ahead(request, 5, None, Looks(10)) == sight(5, 2, 600, looks=Looks(10))
    assert sight_ahead(request, 5, None, Looks(None)) == sight(5, 2, 600, looks=Looks(None))


@pytest.mark.parametrize("num_seeds", [3, 5])
def test_a_plan_of_a_study_that_was_looked_at_goes_by_its_runs(tmp_path: Path, num_seeds: int) -> None:
    study = drawn_study(tmp_path, architectures=PAIR, seeds=range(num_seeds))
    record = study.record.model_copy(update={"goal": Goal(max_seeds=num_seeds)})
    write_record(study.directory / STUDY, record)
    study = Study.open(study.directory)
    assert sight_ahead(record.request, num_seeds, record, looks_of(record)) == sight(num_seeds, 2, 600)
    verdict = conclude(study)
    write_report(study, verdict)
    record = Study.open(study.directory).record
    ahead = sight_ahead(record.request, num_seeds, record, looks_of(record))
    assert ahead == f"{verdict.sight.split('is it. ')[-1][:-1]}, as its runs of {num_seeds} seeds vary."


def test_a_variant_that_has_left_the_race_makes_no_pair(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, seeds=range(3))
    names = study.record.request.names
    look = LookRecord(seeds=(0, 1, 2), shown="2026-12-01", dropped=names[2:], variances=(1e-4, 1e-5, 5e-5))
    record = study.record.model_copy(update={"looks": (look,)})
    ahead = sight_ahead(study.record.request, 4, record, Looks(4))
    assert "pairs" not in ahead
    assert "as its runs of 3 seeds vary." in ahead


def test_the_look_with_the_most_seeds_has_the_variances(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, architectures=PAIR, seeds=range(3))
    looks = [
        LookRecord(seeds=tuple(range(n)), shown="2026-12-01", variances=(10.0**-n, 1e-6, 1e-7))
        for n in (3, 2)
    ]
    record = study.record.model_copy(update={"looks": tuple(looks)})
    assert "as its runs of 3 seeds vary." in sight_ahead(study.record.request, 4, record, Looks(4))


def test_a_report_of_another_score_leaves_the_variances_of_the_declared_one(tmp_path: Path) -> None:
    study = drawn_study(tmp_path, architectures=PAIR, seeds=range(3))
    record = study.record.model_copy(update={"goal": Goal(max_seeds=3)})
    write_record(study.directory / STUDY, record)
    kept = []
    for prefer in ("kind", None, "kind"):
        opened = Study.open(study.directory)
        write_report(opened, conclude(opened, prefer))
        kept.append(Study.open(study.directory).record.looks[0].variances)
    assert kept[0] is None
    assert kept[1] is not None
    assert kept[2] == kept[1]


def test_what_does_not_vary_is_below_what_is_said() -> None:
    assert "a difference of less than 0.1 points" in sight(5, 2, 1000, VarianceParts(0.0, 0.0))
