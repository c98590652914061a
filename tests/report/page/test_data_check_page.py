"""The page of an audit in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from audited_pictures import dataset, photographs
from taskgraft.audit import audit
from taskgraft.errors import StudyError
from taskgraft.report import write_audit
from taskgraft.taxonomy import Taxonomy

HOSTILE = "</script><img src=x onerror=alert(1)>"
SIZES = [((1200, 900), "light"), ((390, 844), "dark")]


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hostile names everywhere, duplicates of every kind, suspects, skipped files."""
    images = photographs(240, side=24)
    images[200:210] = images[1:11]
    images[100:109] = images[20, :, :, ::-1]
    images[7] = 0
    paths = [("a", HOSTILE), ("a", "w" * 200), ("b", "\u202ename"), ("b", ("x y " * 40).strip())]
    data = dataset(images, skipped=((HOSTILE, "it ends early"), ("b" * 150, HOSTILE)), notes=(HOSTILE,))
    names = [f"{HOSTILE}/{'n' * 60}/{k}.png" for k in range(240)]
    data = replace(data, taxonomy=Taxonomy.from_names([HOSTILE, "thing"], paths), names=names)
    return write_audit(audit(data), data.images, tmp_path_factory.mktemp("page") / "check.html")


@pytest.mark.parametrize(("size", "scheme"), SIZES)
def test_it_opens_without_a_request_an_error_or_sideways_scrolling(browser, page_path, size, scheme):
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    troubles, requests = [], []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_path.as_uri())
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.wait_for_timeout(100)
    assert troubles == []
    assert [url for url in requests if not url.startswith("data:")] == [page_path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("img").count() >= 20
    assert page.get_by_text(HOSTILE).count() > 0
    context.close()


def test_what_a_table_holds_is_said_once(browser, page_path):
    page = browser.new_page()
    page.goto(page_path.as_uri())
    folded = page.locator("#counts details")
    assert folded.count() == 2
    for one in folded.all():
        summary, caption = one.locator("summary"), one.locator("caption")
        assert caption.inner_text() == summary.inner_text()
        assert caption.bounding_box()["height"] <= 1 < summary.bounding_box()["height"]
    page.close()


@pytest.mark.parametrize(("size", "scheme"), SIZES)
def test_axe_finds_nothing_serious(browser, page_path, size, scheme):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    context.close()


def test_pictures_stop_before_the_page_grows_too_large(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 3, 200, 200), np.uint8)
    images[1::2] = images[::2]
    data = dataset(images)
    path = write_audit(audit(data), images, tmp_path / "check.html")
    assert 2_000_000 < path.stat().st_size < 5_000_000


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    data = dataset(photographs(80, side=24))
    with pytest.raises(StudyError, match=r"^Expected .*check\.html to be writable"):
        write_audit(audit(data), data.images, tmp_path / "file" / "check.html")
