"""The picture that the page opens with, and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from made_study import Told

from taskgraft.architecture import Architecture
from taskgraft.report.page._choice_picture import choice_picture

Tell = Callable[..., Told]


def words_of(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_variant_with_score_cost_and_one_word_best_first(tell: Tell) -> None:
    verdict = tell().verdict
    figure = choice_picture(verdict)
    assert figure is not None
    words = words_of(figure.svg)
    chosen = verdict.recommendation
    assert chosen is not None
    order = sorted(chosen.contenders, key=lambda one: -one.score.estimate)
    names = [word for word in words if word in {one.variant for one in order}]
    assert names == [one.variant for one in order]
    for one in order:
        place = words.index(one.variant)
        assert one.place in words[place : place + 4]
        assert f"{100 * one.score.estimate:.1f}" in words[place : place + 4]
    assert figure.svg.count('class="band"') == 1
    assert "The band is 1 point to either side of" in figure.caption


def test_the_band_lies_around_the_best_on_val(tell: Tell) -> None:
    verdict = tell().verdict
    wide = replace(verdict, recommendation=replace(verdict.recommendation, margin=0.02))
    widths = [
        float(re.search(r'class="band"[^>]* width="([\d.]+)"', choice_picture(one).svg)[1])
        for one in (verdict, wide)
    ]
    # The axis may be rounded to other ends.
    assert 1.2 < widths[1] / widths[0] <= 2.05


def test_a_variant_that_is_out_has_no_bar(tell: Tell) -> None:
    verdict = tell().verdict
    first, *others = verdict.recommendation.contenders
    out = replace(first, place="out", score=None, loss=None, num_failed=3)
    figure = choice_picture(
        replace(verdict, recommendation=replace(verdict.recommendation, contenders=(out, *others)))
    )
    assert figure is not None
    words = words_of(figure.svg)
    assert words[words.index(first.variant) :][:3][-1] == "out"
    # A hint for each dot, and the title of the chart.
    assert figure.svg.count("<title") == len(others) + 1


def test_one_variant_has_nothing_to_choose_from(tell: Tell) -> None:
    story = tell()
    assert choice_picture(replace(story.verdict, recommendation=None)) is None
    page = story.but(recommendation=None).page()
    assert page.complaints == []
    assert "Not to be decided here" not in page.text


def test_grave_cautions_stand_beside_the_recommendation_and_once(tell: Tell) -> None:
    story = tell()
    grave = "Val and test are far apart."
    advice = replace(story.verdict.recommendation, cautions=(grave,))
    page = story.but(recommendation=advice, cautions=(grave, *story.verdict.cautions)).page()
    assert page.text.count(grave) == 1
    assert page.text.index("Before you take it") < page.text.index(grave) < page.text.index("Read with care")


def test_forty_variants_are_cut_to_those_that_say_most(tell: Tell) -> None:
    names = [f"variant-{number:02}" for number in range(40)]
    verdict = tell(architectures=[Architecture(name, ("coarse", "fine")) for name in names]).verdict
    figure = choice_picture(verdict)
    assert figure is not None
    assert sum(word in names for word in words_of(figure.svg)) == 16
    assert "Drawn are those of the highest scores, of 40." in figure.caption
