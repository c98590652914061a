"""The report as a reader and a browser meet it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taskgraft.architecture.catalogue import catalogue
from taskgraft.architecture.spec import Architecture
from taskgraft.errors import StudyError
from taskgraft.report.html import write_report
from taskgraft.report.units import percent, points, span
from taskgraft.study.files import REPORT

HOSTILE = "<script>alert(1)</script>\"'&amp;"


def test_it_is_written_into_the_study_and_says_where(make_study):
    study = make_study()
    path = write_report(study)
    assert path == study.directory / REPORT
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_same_study_gives_the_same_bytes(make_study):
    study = make_study()
    assert write_report(study).read_bytes() == write_report(study).read_bytes()


def test_every_score_and_cost_is_on_the_page(make_study, page_of):
    study = make_study()
    text = page_of(study).text
    for row in study.summary():
        spreads = (row.accuracies, row.consistencies, row.summed_accuracies)
        cells = [percent(spread) for spreads_ in spreads for spread in spreads_.values()]
        cost = f"{row.cost.num_parameters:,} {row.cost.macs / 1e6:.1f} M 13.3 0.012 1.23 3"
        assert f"{row.architecture} {' '.join(cells)} {cost}" in text


def test_every_difference_stands_with_its_interval_and_seeds(make_study, page_of):
    study = make_study(gains={"shared": 0.2})
    text = page_of(study).text
    for difference in study.differences():
        interval = difference.interval
        assert f"{points(interval.estimate)} ({span(interval)})" in text
        assert f"{points(interval.estimate)} points" in text
    assert "Detectably different from independent, the control, at one level or more: shared" in text
    assert "no detectable difference (" in text
    assert "10 intervals are not corrected" in text


def test_what_was_run_can_be_repeated(make_study, page_of):
    text = page_of(make_study(command="taskgraft compare --data shapes --out 'my study'")).text
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
def test_any_number_of_levels_gives_a_well_formed_page(make_study, page_of, levels):
    page = page_of(make_study(levels=levels))
    assert page.complaints == []
    num_forests = 0 if len(levels) == 1 else len(levels)
    assert page.values("class").count("taskgraft-diagram") == len(catalogue(levels))
    charts = [a for a in page.all("svg") if a["class"] == "taskgraft-chart" and "role" in a]
    assert len(charts) == len(levels) + 1 + num_forests
    assert ("Free baseline, %" in page.text) == (len(levels) > 1)


def test_opening_it_sends_no_request(make_study, page_of):
    study = make_study(command="taskgraft compare --data https://example.org/x")
    page = page_of(study)
    html = (study.directory / REPORT).read_text(encoding="utf-8")
    policies = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
    assert not {"script", "img", "iframe", "object", "embed"} & {tag for tag, _ in page.elements}
    assert page.values("src") == []
    own = {"study.json", "results.csv", "runs/", "data:,"}
    assert {href for href in page.values("href") if not href.startswith("#")} == own
    assert not re.search(r"url\(|@import|@font-face", html)
    assert set(re.findall(r"https?://[^\s\"<]+", html)) == {
        "http://www.w3.org/2000/svg",
        "https://example.org/x",
    }


def test_it_can_be_read_by_keyboard_and_screen_reader(make_study, page_of):
    page = page_of(make_study())
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = [*page.values("aria-labelledby"), *page.values("aria-describedby")]
    assert {one for name in named for one in name.split()} <= set(ids)
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(ids)
    assert all("scope" in attrs for attrs in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 2
    assert all(attrs["tabindex"] == "0" for _, attrs in page.elements if attrs.get("class") == "scroll")
    assert all(attrs.get("role") == "img" or attrs.get("aria-hidden") for attrs in page.all("svg"))


def test_names_are_text_and_never_markup(make_study, page_of):
    levels = (HOSTILE, "x" * 300)
    data = make_study().record.request.data.model_copy(update={"source": HOSTILE, "split": HOSTILE})
    study = make_study(
        levels=levels,
        architectures=[Architecture(name, levels) for name in ("independent", HOSTILE, "long-" * 30)],
        command=f"taskgraft compare --data {HOSTILE}",
        data=data,
    )
    page = page_of(study)
    assert page.complaints == []
    assert page.all("script") == []
    assert page.text.count(HOSTILE) > 10
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


def test_characters_that_show_nothing_are_made_visible(make_study, page_of):
    page = page_of(make_study(levels=("a\x00b", "c\u202ed")))
    assert "a\ufffdb" in page.text
    assert "\x00" not in page.text
    assert "\u202e" not in page.text


def test_a_study_with_nothing_to_warn_of_warns_of_nothing(make_study, page_of):
    assert "Read with care" not in page_of(make_study(seeds=range(6))).text


def test_an_unofficial_split_is_called_so(make_study, page_of):
    data = make_study().record.request.data.model_copy(update={"is_official": False, "split": "re-drawn"})
    assert "Unofficial split: shapes, re-drawn." in page_of(make_study(data=data)).text


def test_one_seed_settles_nothing(make_study, page_of):
    text = page_of(make_study(seeds=(0,), gains={"shared": 0.3})).text
    assert "A single seed settles nothing." in text
    assert "One seed: how much the scores vary from seed to seed is unknown" in text
    assert "1 seed, which settles nothing" in text
    assert "±" not in text


def test_few_seeds_are_warned_of(make_study, page_of):
    assert "Only 2 seeds: an exact paired test over seeds could not reach a p below 0.5 " in page_of(
        make_study(seeds=(0, 1))
    ).text  # fmt: skip


def test_missing_runs_are_named_and_the_rest_is_reported(make_study, page_of):
    missing = [("shared", 2), ("fine-to-coarse", 0), ("fine-to-coarse", 1), ("fine-to-coarse", 2)]
    page = page_of(make_study(missing=missing))
    assert "4 of 18 runs not finished: shared-seed2, fine-to-coarse-seed0," in page.text
    assert "No run is finished." in page.text
    assert page.complaints == []


def test_without_the_control_there_are_scores_and_no_differences(make_study, page_of):
    chosen = [a for name, a in catalogue(["coarse", "fine"]).items() if name != "independent"]
    page = page_of(make_study(architectures=chosen))
    assert "The study does not hold the control, independent: no differences are reported." in page.text
    assert "Differences from the control" not in page.text
    assert "95 %" not in page.text
    assert "highest accuracy" in page.text


def test_runs_of_different_machines_are_told(make_study, page_of):
    first = make_study().record.environment
    study = make_study(environment=lambda name, seed: first.model_copy(update={"num_threads": 1 + seed}))
    text = page_of(study).text
    assert "The runs differ in num threads: seconds and memory are not comparable" in text


def test_an_unfinished_study_is_an_error_that_says_what_to_do(make_study):
    study = make_study(seeds=(0,), missing=[(name, 0) for name in catalogue(["coarse", "fine"])])
    with pytest.raises(StudyError, match=r"to be a study with at least one finished run, but got 0\. Run"):
        write_report(study)
    assert not (study.directory / REPORT).exists()


def test_a_page_that_cannot_be_written_is_an_error_and_leaves_nothing(make_study):
    study = make_study()
    (study.directory / REPORT).mkdir()
    before = sorted(Path(study.directory).iterdir())
    with pytest.raises(StudyError, match=r"report\.html to be writable"):
        write_report(study)
    assert sorted(Path(study.directory).iterdir()) == before
