"""What a notebook shows of data, a study and a verdict: small tables of text, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.recipe import Recipe
from taskgraft.study import Study
from taskgraft.verdict import Verdict

HOSTILE = '<script>alert("x")</script>\u202e'


@pytest.fixture(scope="module")
def hostile(tiny_data: Dataset) -> Dataset:
    taxonomy = tg.Taxonomy.from_names(["<b>kind</b>", HOSTILE], [("a", "1"), ("a", "2"), ("<i>", "3")])
    labels = tiny_data.labels.copy()
    labels[:, 1] %= 3
    labels[:, 0] = labels[:, 1] // 2
    labels[:5, 1] = -1
    provenance = replace(
        tiny_data.provenance, source=f"<u>{HOSTILE}", notes=tuple(f"<i>{n}</i>" for n in range(5))
    )
    return replace(tiny_data, labels=labels, taxonomy=taxonomy, provenance=provenance, origin=None)


@pytest.fixture(scope="module")
def study(hostile: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("notebook") / "<b>study"
    return tg.compare(hostile, "independent,shared", tiny_recipe, 2, out=out, listener=silent)


@pytest.fixture(scope="module")
def verdict(study: Study) -> Verdict:
    return tg.conclude(study)


def html_of(thing: Any) -> str:
    html: str = thing._repr_html_()
    return html


@pytest.mark.parametrize("name", ["hostile", "study", "verdict"])
def test_names_are_text_and_nothing_runs(name: str, request: pytest.FixtureRequest) -> None:
    html = html_of(request.getfixturevalue(name))
    for mark in ("<script", "<b>", "<i>", "<u>", "\u202e", "http", "onerror"):
        assert mark not in html
    assert "&lt;b&gt;" in html or "&lt;script&gt;" in html
    assert len(html) < 8000


def test_data_say_what_they_hold(hostile: Dataset) -> None:
    html = html_of(hostile)
    assert "160 train, 40 val, 60 test" in html
    assert "12 x 12 pixels, 3 channels" in html
    assert "images each" in html
    assert ": 5 images" in html
    assert "and 2 more remarks" in html


def test_a_study_shows_each_variant_with_its_scores(study: Study) -> None:
    html = html_of(study)
    for row in study.summary():
        assert f"<bdi>{row.variant}</bdi>" in html
        assert f"<bdi>{100 * row.scores['full_path_accuracy'].mean:.1f}</bdi>" in html
    assert "full path %" in html


def test_a_study_without_a_run_shows_what_is_missing(study: Study) -> None:
    html = html_of(replace(study, runs=(), missing=(("shared", 0),), damaged=("x",)))
    assert "Runs and files: 1 still to be done, 1 damaged." in html
    assert "<thead>" not in html


def test_a_verdict_begins_with_what_to_remember(verdict: Verdict) -> None:
    html = html_of(verdict)
    assert html.index("seeds") < html.index("<table>")
    for standing in verdict.standings:
        assert standing.variant in html
    assert "95 % interval" in html


@pytest.mark.parametrize("width", [390, 900])
def test_tables_stay_within_a_notebook(
    width: int, browser: Any, hostile: Dataset, study: Study, verdict: Verdict, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    parts = "".join(f"<section>{html_of(each)}</section>" for each in (hostile, study, verdict))
    page.set_content(f"<!doctype html><meta charset=utf-8><body>{parts}")
    page.screenshot(path=str(tmp_path / f"tables-{width}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
