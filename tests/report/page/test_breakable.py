"""Where lines may break, as text and in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from taskgraft.report.page._breakable import breakable, command, prose

COMMAND = "taskgraft compare --data shapes --out=runs/shapes-quick --val-fraction 0.1 --seeds=12 -x"


def words(markup: str) -> list[str]:
    return re.findall('<span class="whole">([^<]*)</span>', markup)


def test_every_word_of_a_command_with_a_hyphen_is_whole() -> None:
    assert words(command(COMMAND)) == [word for word in COMMAND.split() if "-" in word]
    assert re.sub("<[^>]*>", "", command(COMMAND)) == COMMAND


@pytest.mark.parametrize(
    ("sentence", "options"),
    [
        ("Add --seeds=12 (in Python: seeds=12).", ["--seeds=12"]),
        ("Pass --val-fraction or --out=a/b.c; nothing else.", ["--val-fraction", "--out=a/b.c"]),
        ("shared-coarse-to-fine is better -- as it seems", []),
        ("a--b, x --", []),
    ],
)
def test_options_of_a_sentence_are_whole_and_nothing_else_is(sentence: str, options: list[str]) -> None:
    assert words(prose(sentence)) == options
    assert re.sub("<[^>]*>", "", prose(sentence)) == sentence


@pytest.mark.parametrize("as_html", [breakable, command, prose])
def test_text_from_outside_stays_text(as_html) -> None:
    shown = as_html("--seeds=<b>&\u202e -o<i>")
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("width", [390, 320])
def test_a_browser_breaks_no_option_in_two(browser: Browser, tell, width: int) -> None:
    story = tell(command=COMMAND)
    path = story.but(sight=f"{'word ' * 40} Add --seeds=12 (in Python: seeds=12).").write()
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(path.as_uri())
    lines = page.locator(".whole").evaluate_all(
        "parts => parts.map(part => [part.textContent, part.getBoundingClientRect().height])"
    )
    assert {"--seeds=12", "--val-fraction", "--out=runs/shapes-quick"} <= {text for text, _ in lines}
    assert max(height for _, height in lines) < 30
    page.context.close()
