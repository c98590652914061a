"""The page in a real browser, from disk, as a reader opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_study import seven, told
from playwright.sync_api import Browser, Page
from test_many_variants import forty_four
from test_side_by_side import between_of

from taskgraft.architecture import Architecture
from taskgraft.report import write_side_by_side
from taskgraft.taxonomy import Taxonomy

DESKTOP, PHONE = (1280, 900), (390, 844)
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of two levels, of three, of hostile names, of one architecture, of many, and of two studies."""
    root = tmp_path_factory.mktemp("pages")
    tree = Taxonomy.from_names(
        ["kingdom", "family", "species"],
        [
            (f"kingdom {a}", f"family {a}.{b}", f"species {a}.{b}.{c}")
            for a in range(3)
            for b in range(2)
            for c in range(3)
        ],
    )
    hostile = Taxonomy.from_names(
        [HOSTILE, "\u202elevel"],
        [("\"'", HOSTILE), ("\"'", "w" * 300), ("z", "\x00"), ("z", ("x y " * 90).strip())],
    )
    names = ("independent", "<script>alert(1)<\N{FRACTION SLASH}script>", "n" * 120)
    two = told(root / "two")
    three = told(root / "three", taxonomy=tree)
    odd = told(
        root / "hostile",
        taxonomy=hostile,
        architectures=[Architecture(name, hostile.level_names) for name in names],
    )
    few = told(root / "few", architectures=seven(("coarse", "fine"))[:2], has_inference=False)
    pairs = [(story.study, story.verdict) for story in (two, few)]
    both = write_side_by_side(*pairs, between_of(["independent", "shared"]), root / "side-by-side.html")
    one = told(root / "one", levels=("only",), seeds=(0,), has_gallery=False)
    many = told(root / "many", architectures=forty_four())
    reports = {"two": two, "three": three, "hostile": odd, "one": one, "many": many}
    return {name: story.write() for name, story in reports.items()} | {"side by side": both}


@pytest.fixture
def opened(browser: Browser) -> Callable[..., Page]:
    """Opens a page from disk."""

    @contextmanager
    def open_page(
        path: Path, size: tuple[int, int] = DESKTOP, scheme: str = "light", has_scripts: bool = True
    ) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=has_scripts,
        )
        page = context.new_page()
        page.goto(path.as_uri())
        yield page
        context.close()

    return open_page


ALL = ("two", "three", "hostile", "one", "many", "side by side")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_it_opens_from_disk_without_a_request_an_error_or_sideways_scrolling(browser, pages, name, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
    page = context.new_page()
    troubles, requests = [], []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(pages[name].as_uri())
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    page.wait_for_timeout(100)
    assert troubles == []
    assert [url for url in requests if not url.startswith("data:")] == [pages[name].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    context.close()


def column(page: Page, title: str) -> list[str]:
    """The cells of one column of the leaderboard, top to bottom, without their small print."""
    titles = page.locator("#leaderboard thead th").all_inner_texts()
    number = [text.rstrip(" ↑↓") for text in titles].index(title)
    rows = page.locator("#leaderboard tbody tr")
    return [row.locator("th, td").nth(number).inner_text().split("\n")[0] for row in rows.all()]


def test_a_heading_sorts_its_column_by_click_and_by_keyboard(opened, pages):
    with opened(pages["two"]) as page:
        before = column(page, "MACs")
        heading = page.locator("#leaderboard th", has_text="fine accuracy")
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == "descending"
        values = [float(text) for text in column(page, "fine accuracy, %")]
        assert values == sorted(values, reverse=True)
        heading.get_by_role("button").press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        values = [float(text) for text in column(page, "fine accuracy, %")]
        assert values == sorted(values)
        assert sorted(column(page, "MACs")) == sorted(before)
        assert page.locator("#leaderboard [aria-sort]").count() == 1


def test_words_sort_by_letter_and_what_has_no_value_stays_last(opened, pages):
    with opened(pages["two"]) as page:
        page.locator("#leaderboard th", has_text="architecture").get_by_role("button").click()
        names = column(page, "architecture")
        assert names == sorted(names)
        gain = page.locator("#leaderboard th", has_text="gain").get_by_role("button")
        for _ in range(2):
            gain.click()
            assert column(page, "gain Δm, %")[-1] == "–"


def test_every_table_with_sortable_columns_has_buttons_in_its_headings(opened, pages):
    with opened(pages["two"]) as page:
        headings = page.locator("table.sortable thead th").count()
        assert headings > 40
        assert page.locator("table.sortable thead th button").count() == headings


def test_without_scripts_everything_is_there_and_nothing_pretends_to_sort(opened, pages):
    with opened(pages["two"], has_scripts=False) as page:
        assert page.locator("#leaderboard tbody tr").count() == 7
        assert page.get_by_role("button").count() == 0
        assert not page.get_by_text("A column's heading sorts by it.").is_visible()
        page.locator("#confusion-1-0 > summary").click()
        assert page.locator("#confusion-1-0 table").is_visible()


def test_a_row_of_the_confusions_opens_its_children(opened, pages):
    with opened(pages["three"]) as page:
        children = page.locator("#confusion-1-0")
        assert not children.locator("table").first.is_visible()
        page.locator("#confusion .heat").first.get_by_role("link", name="kingdom 0").click()
        # The browser tells of the new address after the click has returned.
        children.locator("table").first.wait_for(state="visible")
        assert "family within kingdom 0" in children.inner_text()
        children.locator("summary").nth(1).press("Enter")
        assert "species within family 0.0" in children.inner_text()
        assert children.get_by_text("elsewhere").first.is_visible()


def test_an_architecture_can_be_hidden_from_curves_and_reliability(opened, pages):
    with opened(pages["two"]) as page:
        for section, kind in (("#curves", "curve"), ("#calibration", "reliability")):
            drawn = page.locator(f"{section} .panels .series-2").first
            assert drawn.is_visible()
            page.locator(f"#{kind}-2").uncheck()
            assert not drawn.is_visible()
            assert page.locator(f"{section} .panels .series-1").first.is_visible()


def test_a_long_table_scrolls_below_its_headings(opened, pages):
    with opened(pages["many"]) as page:
        region = page.locator(".scroll:has(> #leaderboard)")
        heading = page.locator("#leaderboard thead th").nth(1)
        assert region.bounding_box()["height"] <= 0.86 * DESKTOP[1]
        region.evaluate("part => { part.scrollTop = part.scrollHeight; }")
        assert page.locator("#leaderboard tbody tr").last.is_visible()
        assert abs(heading.bounding_box()["y"] - region.bounding_box()["y"]) < 2
        page.emulate_media(media="print")
        assert region.evaluate("part => part.scrollHeight <= part.clientHeight + 1")


def test_of_many_variants_the_others_open_and_can_be_shown(opened, pages):
    with opened(pages["many"], PHONE) as page:
        box = page.locator("#curve-2")
        drawn = page.locator("#curves .panels .series-2").first
        assert not box.is_visible()
        assert not drawn.is_visible()
        page.locator("#curves summary").click()
        box.check()
        assert drawn.is_visible()
        # Nothing but what opens is longer than some screens.
        page.locator("#curves summary").click()
        assert page.locator("main").bounding_box()["height"] < 40 * PHONE[1]


def test_a_keyboard_reaches_the_contents_first(opened, pages):
    with opened(pages["two"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the verdict"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#verdict"


@pytest.mark.parametrize("name", ["two", "three", "side by side"])
def test_it_prints(opened, pages, name, tmp_path):
    with opened(pages[name]) as page:
        printed = page.pdf(format="A4")
        assert printed.startswith(b"%PDF")
        assert 1 <= printed.count(b"/Type /Page\n") <= 30
        # The width of an A4 sheet within its margins.
        page.set_viewport_size({"width": 680, "height": 1000})
        page.emulate_media(media="print")
        assert not page.locator("nav").first.is_visible() or name == "side by side"
        assert page.evaluate("document.documentElement.scrollWidth") <= 680


@pytest.mark.parametrize("name", [name for name in ALL if name != "many"])
@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_nothing_serious(opened, pages, name, scheme, size):
    with opened(pages[name], size, scheme) as page:
        page.evaluate(
            "for (const part of document.querySelectorAll('details:not(:has(#pairs-1))')) part.open = true"
        )
        assert serious(page) == []


def test_axe_finds_nothing_serious_in_what_opens_of_many(opened, tmp_path):
    """Just enough variants that some are folded away: a page of all takes a browser many seconds."""
    story = told(tmp_path, architectures=forty_four()[:13], has_gallery=False)
    with opened(story.but(comparisons=(), decoded_comparisons=()).write()) as page:
        for section in ("#curves", "#architectures"):
            page.locator(f"{section} summary").click()
            assert serious(page, section) == []


def serious(page: Page, context: str | None = None) -> list[tuple[str, str, list[str]]]:
    """What axe finds serious or critical, with the first places."""
    return [
        (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in Axe().run(page, context).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
