"""A page of many variants: what is shown first, and what is left to tables and JSON."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from taskgraft.architecture import Architecture, catalogue
from taskgraft.report._many import MOST_BARS, MOST_EXPLORATORY, MOST_PAIRS, first_by, most_telling
from taskgraft.report.charts import MOST_CURVES
from taskgraft.report.charts._look import looks
from taskgraft.report.page._between import between_section
from taskgraft.report.page._class_section import class_section
from taskgraft.report.page._comparisons import comparisons
from taskgraft.report.page._effects import effects
from taskgraft.report.page._flows import flow_uses
from taskgraft.statistics import Interval
from taskgraft.verdict import BetweenStudies, StudyDifference, Topic

LEVELS = ("coarse", "fine")
FOUR = [catalogue(LEVELS)[name] for name in ("independent", "shared", "coarse-to-fine", "fine-to-coarse")]
NAMES = ["independent", *(f"x{number:02}" for number in range(39))]


def forty_four() -> list[Architecture]:
    """Four architectures, each with eleven values of a key."""
    names = (f"{each.name}+optimizer.learning_rate=0.{i:02}" for i in range(1, 12) for each in FOUR)
    return [Architecture("independent", LEVELS), *(Architecture(name, LEVELS) for name in list(names)[1:])]


@pytest.fixture
def forty(tell):
    return tell(architectures=[Architecture(name, ("coarse", "fine")) for name in NAMES])


def test_the_recommended_the_control_and_the_best_are_shown_first(forty):
    shown = most_telling(forty.verdict, 4)
    scores = {s.variant: s.scores["full_path_accuracy"].estimate for s in forty.verdict.standings}
    best = sorted(scores, key=lambda name: -scores[name])
    chosen = forty.verdict.recommendation.variant
    assert {chosen, "independent"} < shown
    assert shown - {chosen, "independent"} == set([n for n in best if n not in (chosen, "independent")][:2])


def test_charts_and_tables_hold_the_most_telling(forty):
    section = comparisons(forty.verdict)
    assert section.is_cut
    tables = dict(section.tables)
    primary = tables.pop("full path, primary")
    assert len(primary.rows) == MOST_PAIRS
    assert all(len(table.rows) == MOST_EXPLORATORY for table in tables.values())
    with_control = [row for row in primary.rows if "independent" in row.name]
    assert len(with_control) == 39
    assert primary.caption.startswith("100 of 780 pairs: ")
    assert all(figure.svg.count("<title>") <= MOST_BARS for figure in section.figures)


def test_few_curves_are_ticked_and_all_can_be(forty):
    page = forty.page()
    boxes = [attrs for attrs in page.all("input") if attrs.get("id", "").startswith("curve-")]
    assert len(boxes) == 40
    assert sum("checked" in attrs for attrs in boxes) == MOST_CURVES
    assert "tick others to add them" in page.text
    assert page.complaints == []


def test_of_more_than_twelve_variants_six_show_their_classes(forty, tell):
    assert len(class_section(forty.study, forty.verdict).confusions) == 6
    assert class_section(forty.study, forty.verdict).num_left_out == 34
    seven = tell()
    assert len(class_section(seven.study, seven.verdict).confusions) == 7


def test_every_variant_has_a_look_of_its_own(forty):
    variants = forty.study.record.request.variants[:30]
    seen = {(look.style, look.marker, look.is_dashed) for look in looks(variants).values()}
    assert len(seen) == 30


def test_variants_are_called_variants_where_recipes_vary(tell):
    story = tell()
    page = replace(story, verdict=replace(story.verdict, noun="variant")).page()
    assert "7 variants compared" in page.text
    assert "Each variant less independent" in page.text
    assert not re.search(r"\b[Aa]rchitectures? (shown|less|disagree)", page.text)


def test_long_names_stand_on_two_lines_of_a_chart(tell):
    section = comparisons(tell(architectures=forty_four()).verdict)
    svg = section.figures[0].svg
    assert "...</text>" not in svg
    lines = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    at = next(i for i, line in enumerate(lines) if line.startswith("+optimizer."))
    assert lines[at - 1] in {each.name for each in FOUR}


def test_what_is_shortened_of_many_is_said_and_the_rest_opens(tell):
    story = tell(architectures=forty_four())
    sentences = tuple(f"Sentence {number}." for number in range(30))
    page = story.but(topics=(Topic("All", sentences),)).page()
    assert page.complaints == []
    assert "18 more sentences" in page.text
    assert all(sentence in page.text for sentence in sentences)
    assert "36 more architectures" in page.text
    assert "32 more architectures" in page.text
    diagrams = [attrs for attrs in page.all("svg") if attrs.get("class") == "taskgraft-diagram"]
    assert len(diagrams) == 44


def many_effects(verdict, num_levels):
    """Main effects of two factors and their interactions: those of the last levels are the largest."""
    by_score = {}
    first = next(e for e in verdict.effects if e.score == "accuracy.fine")
    for score in ("accuracy.coarse", "accuracy.fine", "full_path_accuracy", "nll.fine"):
        mains = [f"batch_size={number}" for number in range(num_levels)]
        names = ["sharing", *mains, *(f"sharing x {main}" for main in mains)]
        by_score[score] = [
            replace(first, name=name, score=score, interval=replace(first.interval, p=1 / (2 + number)))
            for number, name in enumerate(names)
        ]
    return tuple(effect for effects in by_score.values() for effect in effects)


def test_of_many_effects_the_main_ones_and_the_clearest_interactions_are_drawn(tell):
    verdict = tell().verdict
    section = effects(replace(verdict, effects=many_effects(verdict, 11)))
    assert section.is_cut
    svg = section.figures[0].svg
    assert svg.count("<title>") <= MOST_BARS
    assert all(f">batch_size={number}</text>" in svg for number in range(11))
    assert "sharing × batch_size=10" in svg
    assert "sharing × batch_size=1<" not in svg
    assert len(section.table.rows) == 4 * 23
    page = tell().but(effects=many_effects(verdict, 11)).page()
    assert "the interactions of the smallest p" in page.text
    assert not effects(verdict).is_cut


def test_flows_of_the_most_telling_variants_are_drawn(tell):
    flowing = [
        replace(FOUR[2], name="independent", flows=()),
        *(replace(FOUR[2], name=f"x{number:02}") for number in range(40)),
    ]
    section = flow_uses(tell(architectures=flowing).verdict)
    assert section.is_cut
    assert len(section.table.rows) == 40
    assert all(figure.svg.count("<title>") <= MOST_BARS for figure in section.figures)


def test_of_many_differences_between_studies_the_clearest_are_drawn():
    def interval(number: int) -> Interval:
        return Interval(0.01, 0.005, 0.015, num_seeds=3, p=1 / (2 + number))

    differences = tuple(
        StudyDifference(f"x{number:02}", f"x{number:02}", score, interval(number), (3, 3), 1.0)
        for score in ("accuracy.fine", "nll.fine")
        for number in range(30)
    )
    section = between_section(BetweenStudies("", 200, "B is better.", (), differences))
    assert section.is_cut
    assert [len(table.rows) for _, table in section.tables] == [30, 30]
    (figure,) = section.figures
    drawn = {name for name in (f"x{number:02}" for number in range(30)) if f">{name}</text>" in figure.svg}
    assert drawn == {f"x{number:02}" for number in range(30 - MOST_BARS, 30)}


@pytest.mark.parametrize("most", [0, 3, 9])
def test_the_first_by_rank_stay_in_their_order(most):
    items = [5, 3, 9, 3, 1, 7]
    kept = first_by(items, lambda item: item, most)
    assert sorted(kept) == sorted(items)[:most]
    assert kept == [item for item in items if item in kept][: len(kept)]
