"""The report of studies with hostile names, gaps and many classes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from taskgraft.architecture import Architecture, catalogue
from taskgraft.errors import StudyError
from taskgraft.report.page._gallery import Gallery
from taskgraft.study import REPORT
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Topic

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&amp;"


def test_names_are_text_and_never_markup(tell):
    levels = (HOSTILE, "x" * 300)
    classes = [
        ("'\"<b>", "</table><script>alert(1)</script>"),
        ("'\"<b>", "y" * 500),
        ("{{ 7 * 7 }}", "b\x00c"),
    ]
    data = tell().study.record.request.data.model_copy(update={"source": HOSTILE, "split": HOSTILE})
    names = ("independent", HOSTILE, "long-" * 30, "../../" + "a" * 20)
    story = tell(
        taxonomy=Taxonomy.from_names(levels, classes),
        # The directory of a run is named after its architecture, so a name with a slash has none here.
        architectures=[Architecture(name.replace("/", "\N{FRACTION SLASH}"), levels) for name in names],
        command=f"taskgraft compare --data {HOSTILE}",
        data=data,
    ).but(headline=HOSTILE, topics=(Topic(HOSTILE, (HOSTILE,)),), cautions=(HOSTILE,))
    page = story.page()
    assert page.complaints == []
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 12
    assert not page.all("b")
    assert page.text.count(HOSTILE) > 10
    assert "{{ 7 * 7 }}" in page.text
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    files = [path.name for path in (story.study.directory / "figures").iterdir()]
    assert all(re.fullmatch(r"[a-z0-9-]+\.svg", name) for name in files)


def test_names_of_pictures_are_text_and_a_picture_may_have_none(tell):
    story = tell()
    worst, *others = story.gallery.worst
    names = (HOSTILE, "a\x00\udcff\u202eb.png", "", None)
    gallery = Gallery(tuple(replace(worst, name=name) for name in names), tuple(others))
    page = replace(story, gallery=gallery).page()
    assert page.complaints == []
    assert page.text.count(HOSTILE) == 1
    assert "a\ufffd\\xff\ufffdb.png" in page.text
    alts = [img["alt"] for img in page.all("img")]
    assert alts[0] == f"Picture 1 of the worst mistakes: {HOSTILE}"
    assert alts[3] == "Picture 4 of the worst mistakes"


def test_characters_that_show_nothing_are_made_visible(tell):
    page = tell(levels=("a\x00b", "c\u202ed")).page()
    assert "a\ufffdb" in page.text
    assert "\x00" not in page.text
    assert "\u202e" not in page.text


def test_a_large_study_stays_below_five_megabytes(tell):
    paths = [(f"superclass number {k // 5}", f"fine class number {k}") for k in range(100)]
    story = tell(
        taxonomy=Taxonomy.from_names(["coarse", "fine"], paths),
        seeds=range(3),
        architectures=list(catalogue(["coarse", "fine"]).values()),
        epochs=lambda name, seed: [float(i) for i in range(1, 61)],
    )
    assert len(story.study.runs) == 18
    assert story.write().stat().st_size < 5e6


def test_a_hundred_flat_classes_stay_below_five_megabytes(tell):
    flat = Taxonomy.from_names(["label"], [(f"class number {k}",) for k in range(100)])
    assert tell(taxonomy=flat).write().stat().st_size < 5e6


def test_one_seed_has_no_spread_over_seeds(tell):
    text = tell(seeds=(0,)).page().text
    assert "one seed says nothing of other seeds" in text
    assert "Thin lines are seeds" not in text
    assert "0.5 ±" not in text


def test_missing_runs_leave_the_rest_reported(tell):
    missing = [("shared", 2), ("fine-to-coarse", 0), ("fine-to-coarse", 1), ("fine-to-coarse", 2)]
    page = tell(missing=missing).page()
    assert "No run is finished." in page.text
    assert page.complaints == []


def test_scores_without_a_value_are_a_dash(tell):
    story = tell()
    first = replace(
        story.verdict.standings[0],
        scores={"accuracy.fine": story.verdict.standings[0].scores["accuracy.fine"]},
    )
    page = story.but(standings=(first, *story.verdict.standings[1:])).page()
    assert "independent control – 79.0" in page.text


def test_confusions_that_are_not_at_hand_leave_their_section_out(tell):
    page = tell().but(confusions={}).page()
    assert "confusion" not in page.values("id")
    assert page.complaints == []


def test_an_unfinished_study_is_an_error_that_says_what_to_do(tell):
    story = tell(
        seeds=(0,),
        missing=[("independent", 0)],
        architectures=[Architecture("independent", ("coarse", "fine"))],
    )
    with pytest.raises(StudyError, match=r"to be a study with at least one finished run, but got none\. Run"):
        story.write()
    assert not (story.study.directory / REPORT).exists()


def test_a_page_that_cannot_be_written_is_an_error_and_leaves_nothing(tell):
    story = tell()
    (story.study.directory / REPORT).mkdir()
    before = sorted(Path(story.study.directory).iterdir())
    with pytest.raises(StudyError, match=r"report\.html to be writable"):
        story.write()
    assert sorted(Path(story.study.directory).iterdir()) == before
