"""The page of an evaluation in a real browser: hostile names, many classes, classes that do not match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from made_evaluation import HOSTILE, made_evaluation

from taskgraft.errors import StudyError
from taskgraft.evaluation import write_evaluation

SIZES = [((1280, 900), "light"), ((390, 844), "dark")]


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evaluation(made_evaluation(), tmp_path_factory.mktemp("page") / "evaluation.html")


@pytest.fixture(params=SIZES, ids=["desktop", "phone"])
def page(browser, page_path, request):
    (width, height), scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    page.troubles, page.urls = [], []
    page.on("console", lambda message: page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: page.urls.append(request.url))
    page.goto(page_path.as_uri())
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    yield page
    context.close()


def test_it_opens_without_a_request_an_error_or_sideways_scrolling(page, page_path):
    page.wait_for_timeout(100)
    assert page.troubles == []
    assert [url for url in page.urls if not url.startswith("data:")] == [page_path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.get_by_text(HOSTILE).count() > 0


def test_axe_finds_nothing_serious(page):
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_classes_scroll_and_sort(page):
    table = page.locator("#classes-1")
    assert table.locator("tbody tr").count() == 300
    box = page.locator(".scroll:has(> #classes-1)").bounding_box()
    assert box["height"] <= 600
    table.locator("th", has_text="F1").get_by_role("button").click()
    values = [row.split("\t")[4] for row in table.locator("tbody").inner_text().splitlines() if "\t" in row]
    figures = [float(value) for value in values if value != "–"]
    assert len(figures) > 100
    assert figures == sorted(figures, reverse=True)


def test_every_part_is_on_it(page):
    text = page.inner_text("main")
    assert "read as" in text
    assert "say nothing of how another seed would do" in text
    assert page.locator("#unmatched-table tbody tr").count() == 2
    assert page.locator("#promises-table tbody tr").count() >= 1
    assert page.locator("#promises svg").count() == 1
    assert "Not promised: 99 %, which needs more than 200 validation images." in text
    rules = page.locator("#rules-table tbody th").all_inner_texts()
    assert rules == ["climbing", "only group", "only thing", "none"]
    assert page.locator("#calibration svg").count() == 4
    assert page.locator("table.heat").count() > 5
    assert page.locator("#without").inner_text().count(",") >= 10


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match=r"^Expected .*page\.html to be writable"):
        write_evaluation(made_evaluation(), tmp_path / "file" / "page.html")


def test_an_evaluation_with_little_to_say_is_a_page_too(tmp_path, browser):
    whole = made_evaluation()
    little = replace(
        whole,
        promises=(),
        rule_risks=(),
        confused=(),
        calibrations={},
        cautions=(),
        notes=(),
        match=replace(whole.match, unmatched=(), without_images={"group": (), "thing": ()}),
        classes={
            level: replace(one, f1=np.full_like(one.f1, np.nan)) for level, one in whole.classes.items()
        },
    )
    page = browser.new_page()
    page.goto(write_evaluation(little, tmp_path / "little.html").as_uri())
    text = page.inner_text("body")
    assert "No image of a class that the model has was taken for another one." in text
    assert "Unknown classes" not in text
    assert "Calibration" not in page.inner_text("nav")
    page.close()
