"""The report as a reader and a browser meet it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hand_made import confusion_of

from taskgraft.architecture import catalogue
from taskgraft.report._score_text import difference_text, interval_text, shown, span_text
from taskgraft.report.page._gallery import Gallery
from taskgraft.scores import about
from taskgraft.study import REPORT

SECTIONS = (
    "verdict",
    "scores",
    "differences",
    "effects",
    "cost",
    "curves",
    "architectures",
    "confusion",
    "calibration",
    "selective",
    "flows",
    "decodings",
    "gallery",
    "run",
)


def sections(page):
    return [attrs["id"] for attrs in page.all("section")]


def test_it_is_written_into_the_study_and_says_where(tell):
    story = tell()
    path = story.write()
    assert path == story.study.directory / REPORT
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_same_study_gives_the_same_bytes(tell):
    story = tell()
    assert story.write().read_bytes() == story.write().read_bytes()


def test_all_sections_are_there_in_order_and_in_the_contents(tell):
    page = tell().page()
    assert sections(page) == list(SECTIONS)
    assert [href for href in page.values("href") if href[1:] in SECTIONS][1:] == [
        f"#{key}" for key in SECTIONS
    ]


def test_the_verdict_comes_first_in_its_own_words(tell):
    story = tell()
    text, verdict = story.page().text, story.verdict
    advice = verdict.recommendation
    told = [
        verdict.headline,
        f"Take {advice.variant}",
        advice.reason,
        *verdict.cautions,
        *advice.questions.decided,
        *advice.questions.undecided,
        advice.questions.command,
        *advice.questions.beyond,
        *verdict.sentences,
        *verdict.exploratory,
        "Leaderboard",
    ]
    places = [text.index(words, text.index(verdict.headline)) for words in told]
    assert places == sorted(places)


def test_every_score_stands_with_its_interval(tell):
    story = tell(levels=("a", "b", "c"))
    text = story.page().text
    for standing in story.verdict.standings:
        for name, interval in standing.scores.items():
            assert f"{shown(name, interval.estimate)} {interval_text(name, interval)}" in text


def test_every_cost_is_on_the_page(tell):
    text = tell().page().text
    assert "2.7 M 79.6 M 61.2 0.048 1.23 4.68 1,256 3" in text


def test_every_difference_and_effect_stands_with_its_interval(tell):
    story = tell()
    text = story.page().text
    verdict = story.verdict
    decoded = (*verdict.decoded_comparisons, *verdict.decoded_effects)
    for one in (*verdict.comparisons, *verdict.effects, *decoded):
        estimate = difference_text(one.score, one.interval.estimate)
        assert f"{estimate} {span_text(one.score, one.interval)}" in text
    assert "shared − independent" in text
    assert "sharing × coarse-to-fine" in text


def test_flows_decodings_and_calibrations_are_told(tell):
    story = tell()
    text = story.page().text
    assert "shared-coarse-to-fine coarse → fine" in text
    assert {flow.use for flow in story.verdict.flows} <= {"used", "unused", "undecided"}
    assert all(flow.use in text for flow in story.verdict.flows)
    assert "independent summed 90.3 ± 0.5" in text
    assert "summed: at every level, the class under which most probability of the leaves lies" in text
    assert "fine accuracy, decoding: top-down" in text
    assert "1.31 ± 0.02" in text


def test_what_was_run_can_be_repeated(tell):
    text = tell(command="taskgraft compare --data shapes --out 'my study'").page().text
    for fact in (
        "taskgraft compare --data shapes --out 'my study'",
        "900 train, 100 val, 200 test; 3 channels, 32 x 32 pixels",
        "sha256 0123456789ab ",
        "coarse (2 classes), fine (4 classes)",
        "Imagined CPU 9000, 2 cores; Linux x86_64",
        "cpu, 2 threads, f32, channels first",
        "python 3.11.9, taskgraft 0.1.0, torch 2.6.0",
        "2025-11-24 09:30:00 UTC",
        "optimizer.learning_rate 0.2",
        "early_stop none",
    ):
        assert fact in text


@pytest.mark.parametrize("levels", [("only",), ("coarse", "fine"), ("kingdom", "family", "species", "breed")])
def test_any_number_of_levels_gives_a_well_formed_page(tell, levels):
    page = tell(levels=levels).page()
    assert page.complaints == []
    num_architectures = 1 if len(levels) == 1 else 7
    assert page.values("class").count("taskgraft-diagram") == num_architectures
    assert ("summed accuracy" in page.text) == (len(levels) > 1)


def test_one_architecture_is_compared_with_nothing(tell):
    page = tell(levels=("only",)).page()
    assert sections(page) == [
        "verdict",
        "scores",
        "curves",
        "architectures",
        "confusion",
        "calibration",
        "flows",
        "decodings",
        "gallery",
        "run",
    ]
    assert "No flow was measured" in page.text
    assert "Architectures shown" not in page.text
    assert "Bold: the best mean of its column, which" not in page.text


def test_without_the_control_pairs_are_shown_and_no_forest(tell):
    chosen = [a for name, a in catalogue(["coarse", "fine"]).items() if name != "independent"]
    story = tell(architectures=chosen)
    page = story.page()
    assert "Differences from the control" not in page.text
    assert "shared − independent" not in page.text
    assert "coarse-to-fine − shared" in page.text
    assert "effects" not in sections(page)


def test_images_that_are_not_at_hand_are_said_not_to_be(tell):
    assert "The test images are not at hand" in tell(has_gallery=False).page().text
    nothing = replace(tell(), gallery=Gallery((), ()))
    assert "No mistakes and no disagreements were found." in nothing.page().text


def test_pictures_stand_with_their_paths(tell):
    story = tell()
    page = story.page()
    assert len(page.all("img")) == 12
    assert all(img["alt"] and img["src"].startswith("data:image/png;base64,") for img in page.all("img"))
    assert " › ".join(story.gallery.worst[0].true_path) in page.text
    assert all(picture.name in page.text for picture in story.gallery.worst)


def test_opening_it_sends_no_request(tell):
    story = tell(command="taskgraft compare --data https://example.org/x")
    page = story.page()
    html = (story.study.directory / REPORT).read_text(encoding="utf-8")
    policies = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; img-src data:;")
    assert "'unsafe-inline'" not in policies[0].split("script-src")[1]
    assert not {"iframe", "object", "embed"} & {tag for tag, _ in page.elements}
    assert all(src.startswith("data:") for src in page.values("src"))
    own = {"study.json", "results.csv", "classes.csv", "figures/", "runs/", "data:,"}
    assert {href for href in page.values("href") if not href.startswith("#")} == own
    assert not re.search(r"url\(|@import|@font-face", html)
    assert set(re.findall(r"https?://[^\s\"<]+", html)) == {
        "http://www.w3.org/2000/svg",
        "https://example.org/x",
    }


def test_it_can_be_read_by_keyboard_and_screen_reader(tell):
    page = tell(levels=("a", "b", "c")).page()
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = [*page.values("aria-labelledby"), *page.values("aria-describedby")]
    assert {one for name in named for one in name.split()} <= set(ids)
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(ids)
    assert all("scope" in attrs for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs["tabindex"] == "0" for _, attrs in page.elements if attrs.get("class") == "scroll")
    assert all(attrs.get("role") == "img" or attrs.get("aria-hidden") for attrs in page.all("svg"))


def test_score_names_of_the_fixture_are_known(tell):
    for name in tell(levels=("a", "b", "c")).verdict.score_names:
        assert about(name).label


def test_confusions_are_counts_of_the_recommended_architecture(tell):
    story = tell()
    levels = zip(("coarse", "fine"), (2, 4), strict=True)
    counts = tuple(confusion_of(name, np.full((k, k), 17)) for name, k in levels)
    chosen = story.verdict.recommendation.variant
    none = {"independent": tuple(confusion_of(name, np.zeros((2, 2))) for name in ("coarse", "fine"))}
    text = story.but(confusions={**none, chosen: counts}).page().text
    assert "What each architecture took test images for" in text
    assert "class 0 17 17 50.0" in text
    assert "class 0 17 17 34 25.0" in text
