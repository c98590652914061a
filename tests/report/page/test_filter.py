"""The filter of a page of many variants: in a browser, from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_study import Told, told
from playwright.sync_api import Browser, Locator, Page

from taskgraft.architecture import Architecture, catalogue
from taskgraft.report.page._facets import facets
from taskgraft.report.page._html import write_page

LEVELS = ("coarse", "fine")
FOUR = [
    catalogue(LEVELS)[name] for name in ("independent", "shared", "coarse-to-fine", "shared-coarse-to-fine")
]
# Names as a cross with the values of a key has them.
TWELVE = [
    Architecture(
        "independent" if number == 0 and each is FOUR[0] else f"{each.name}+batch_size={64 << number}",
        LEVELS,
        trunk=each.trunk,
        flows=each.flows,
    )
    for number in range(3)
    for each in FOUR
]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told(tmp_path_factory.mktemp("twelve"), architectures=TWELVE, has_gallery=False)


@pytest.fixture(scope="module")
def path(story: Told) -> Path:
    return write_page(story.study, story.verdict, None)


@pytest.fixture
def opened(browser: Browser, path: Path) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(width: int = 1440, scheme: str = "light", has_scripts: bool = True) -> Page:
        size = {"width": width, "height": 844}
        context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=has_scripts)
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def visible_names(page: Page) -> list[str]:
    """Of the rows of the leaderboard that are shown, headings of groups among them."""
    return page.locator(
        "#leaderboard tbody tr:not([hidden]) > th > :is(bdi, span:not(.badge))"
    ).all_text_contents()


def facet(page: Page, name: str) -> Locator:
    """The choice of one thing that is varied."""
    return page.locator("#facets label").filter(has_text=name).locator("[name=facet]")


def test_facets_are_what_variants_differ_in_with_their_places(story: Told) -> None:
    found = {facet.name: facet.levels for facet in facets(story.study, story.verdict)}
    assert [level for level, _ in found["sharing"]] == ["separate", "shared"]
    assert dict(found["sharing"])["shared"] == (1, 3, 5, 7, 9, 11)
    assert dict(found["flow"])["coarse-to-fine"] == (2, 3, 6, 7, 10, 11)
    # Twelve names of twelve architectures tell no groups apart.
    assert "architecture" not in found


def test_few_variants_have_no_filter(tmp_path: Path) -> None:
    few = told(tmp_path)
    assert facets(few.study, few.verdict) is None
    assert 'id="filter"' not in few.write().read_text("utf-8")


def test_words_filter_rows_pairs_and_switches_and_escape_shows_all(opened) -> None:
    page = opened()
    page.locator("[name=words]").fill("SHARED 128")
    names = ["shared+batch_size=128", "shared-coarse-to-fine+batch_size=128"]
    assert visible_names(page) == names
    assert page.locator("#filter output").inner_text() == "2 of 12 shown"
    # Some switches are folded away with the variants that are drawn last.
    switches = page.locator("#curves label:not([hidden]) bdi").all_text_contents()
    assert sorted(switches) == sorted(names)
    pairs = page.locator("#pairs-0 tbody tr:not([hidden]) th").all_text_contents()
    assert pairs
    assert all(any(name in pair for name in names) for pair in pairs)
    page.locator("[name=words]").press("Escape")
    assert len(visible_names(page)) == 12
    assert page.locator("#filter output").inner_text() == "12 of 12 shown"


def test_what_is_varied_filters_and_groups_and_sorting_stays_within_groups(opened) -> None:
    page = opened()
    facet(page, "sharing").select_option(label="shared")
    assert len(visible_names(page)) == 6
    page.locator("[name=group]").select_option(label="flow")
    names = visible_names(page)
    assert names[0] == "flow: none"
    assert names[4] == "flow: coarse-to-fine"
    assert len(names) == 8
    page.locator("#leaderboard th", has_text="fine accuracy").get_by_role("button").click()
    ordered = visible_names(page)
    assert [name for name in ordered if name.startswith("flow")] == ["flow: none", "flow: coarse-to-fine"]
    assert sorted(ordered[1:4]) == sorted(names[1:4])
    page.get_by_role("button", name="Show all").click()
    page.locator("#leaderboard .grouped").first.wait_for(state="detached")
    assert len(visible_names(page)) == 12


def test_a_keyboard_is_enough(opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    for _ in range(30):
        if page.evaluate("document.activeElement.name") == "words":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("fine+batch")
    assert len(visible_names(page)) == 6
    page.keyboard.press("Enter")
    assert len(visible_names(page)) == 6
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "facet"


def test_on_a_phone_what_is_varied_opens(opened) -> None:
    page = opened(390)
    opener = page.get_by_role("button", name="By what is varied")
    assert not page.locator("[name=group]").is_visible()
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    page.locator("[name=group]").select_option(label="sharing")
    assert "sharing: separate" in visible_names(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_there_is_no_filter(opened) -> None:
    page = opened(has_scripts=False)
    assert not page.locator("#filter").is_visible()
    assert len(visible_names(page)) == 12


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_in_the_filter_and_what_it_groups(opened, width: int, scheme: str) -> None:
    page = opened(width, scheme)
    page.locator("[name=words]").fill("shared")
    page.evaluate("document.querySelector('[name=group]').value = '0'")
    page.locator("[name=words]").press("End")
    for section in ("#filter", "#scores"):
        violations = Axe().run(page, section).response["violations"]
        assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
