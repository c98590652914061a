"""A study that is looked at while it grows: what the record says, and what the verdict makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drawn_study import drawn_study

from taskgraft.architecture import Architecture, catalogue
from taskgraft.errors import StudyError
from taskgraft.report import write_report
from taskgraft.study import STUDY, Goal, LookRecord, Study, keep_look, read_study, write_record
from taskgraft.verdict import Verdict, conclude

COSTLY, CHEAP = "independent", "shared"


def grown(folder: Path, num_seeds: int, max_seeds: int | str | None, looked: tuple[int, ...] = ()) -> Study:
    """A study of two that has been looked at with so many seeds."""
    six = catalogue(["kind", "species"])
    pair: list[Architecture] = [six[COSTLY], six[CHEAP]]
    study = drawn_study(folder, architectures=pair, seeds=range(num_seeds), gains={COSTLY: 0.05})
    looks = tuple(LookRecord(seeds=tuple(range(number)), shown="2026") for number in looked)
    goal = Goal(max_seeds=max_seeds)  # type: ignore[arg-type]
    write_record(folder / STUDY, study.record.model_copy(update={"goal": goal, "looks": looks}))
    return Study.open(folder)


def reach(verdict: Verdict, score: str = "full_path_accuracy") -> float:
    """Of the difference of the two."""
    return next(c.interval.reach for c in verdict.comparisons if c.score == score)


def test_of_a_study_that_declared_none_every_look_is_taken_for_the_only_one(tmp_path: Path) -> None:
    assert conclude(grown(tmp_path, 4, None)).look is None


def test_the_one_planned_look_is_todays_interval(tmp_path: Path) -> None:
    plain = conclude(grown(tmp_path / "a", 4, None))
    planned = conclude(grown(tmp_path / "b", 4, 4, looked=(1,)))
    assert planned.comparisons == plain.comparisons
    assert planned.recommendation == plain.recommendation
    assert planned.look is not None
    assert (planned.look.number, planned.look.spent, planned.look.is_only) == (1, 0.05, True)
    assert planned.sight.startswith("One look was planned, at 4 seeds, and this is it. With 4 seeds")
    assert planned.cautions == plain.cautions


def test_a_look_on_the_way_is_wider_for_the_primary_score_alone(tmp_path: Path) -> None:
    plain = conclude(grown(tmp_path / "a", 4, None))
    early = conclude(grown(tmp_path / "b", 4, 10, looked=(2,)))
    assert reach(early) > 1.3 * reach(plain)
    assert reach(early, "accuracy.species") == reach(plain, "accuracy.species")
    assert early.standings == plain.standings
    assert early.look is not None
    assert (early.look.number, early.look.planned, early.look.seeds) == (2, 10, (0, 1, 2, 3))
    assert early.cautions[0].startswith(
        "Look 2, at 4 of 10 planned seeds: 0.19 of the 5 % that false claims are allowed are spent."
    )


def test_beyond_the_plan_it_says_so_and_holds_however_often_one_looks(tmp_path: Path) -> None:
    beyond = conclude(grown(tmp_path / "a", 6, 3, looked=(3,)))
    assert beyond.cautions[0].startswith("6 seeds are more than the 3 that this study planned")
    assert "errors may add up to 10 %" in beyond.cautions[0]
    horizon = conclude(grown(tmp_path / "b", 6, "open"))
    assert reach(beyond) == reach(horizon)
    assert horizon.cautions[0].startswith("Look 1, at 6 seeds, of a study with an open horizon")
    assert "1.8 times as wide" in horizon.cautions[0]


def test_so_early_a_look_that_it_shows_nothing_is_said_in_words(tmp_path: Path) -> None:
    early = conclude(grown(tmp_path / "a", 2, 10))
    assert "less than 0.01 of the 5 %" in early.cautions[0]
    horizon = conclude(grown(tmp_path / "b", 2, "open"))
    for verdict in (early, horizon):
        assert "no difference is large enough to be detected at this look; with endless" in verdict.sight
    assert "by which so few seeds can show nothing" in horizon.cautions[0]


def test_what_more_seeds_would_show_is_the_same_once_the_look_is_written_down(tmp_path: Path) -> None:
    # With this look paid for, the fifth seed does not do what it would as the only look.
    before = conclude(grown(tmp_path / "a", 4, 5), margin=7.2)
    after = conclude(grown(tmp_path / "b", 4, 5, looked=(4,)), margin=7.2)
    assert after.recommendation == before.recommendation


def test_a_report_writes_its_look_down_once(tmp_path: Path) -> None:
    study = grown(tmp_path, 3, 10)
    for _ in range(2):
        write_report(study, conclude(tmp_path))
        looks = read_study(tmp_path).looks
        assert [look.seeds for look in looks] == [(0, 1, 2)]
    assert json.loads((tmp_path / STUDY).read_text())["looks"][0]["dropped"] is None
    again = conclude(tmp_path).look
    assert again is not None
    assert again.number == 1


def test_seeds_in_another_order_are_the_same_look_and_other_seeds_another(tmp_path: Path) -> None:
    grown(tmp_path, 3, 10)
    for seeds in ((0, 1), (1, 0), (), (0, 1, 2)):
        keep_look(tmp_path, seeds)
    assert [look.seeds for look in read_study(tmp_path).looks] == [(0, 1), (0, 1, 2)]


def test_a_look_at_a_damaged_record_is_refused(tmp_path: Path) -> None:
    grown(tmp_path, 2, 10)
    (tmp_path / STUDY).write_text("{}")
    with pytest.raises(StudyError, match="undamaged"):
        keep_look(tmp_path, (0, 1))
