"""The smallest difference that a study can show."""

from __future__ import annotations

import re
from pathlib import Path

from drawn_study import drawn_study

from taskgraft.architecture import catalogue
from taskgraft.verdict import conclude, sight

PAIR = list(catalogue(["kind", "species"]).values())[:2]


def test_a_study_says_what_it_can_show_by_its_own_variances(tmp_path: Path) -> None:
    said = conclude(drawn_study(tmp_path, architectures=PAIR)).sight
    assert re.fullmatch(
        r"With 5 seeds and 600 test images, four studies of five find a difference of [\d.]+ points?; with "
        r"endless seeds [\d.]+ points?\.",
        said,
    )


def test_before_anything_is_trained_it_says_that_it_is_what_usually_is() -> None:
    assert sight(3, 2, 2000).endswith("as two variants of 65 % accuracy usually vary.")
    assert "as the first of" not in sight(3, 2, 2000)
    assert "as the first of 3 pairs" in sight(3, 3, 2000)
    assert sight(3, 1, 2000) == ""


def test_one_seed_shows_none(tmp_path: Path) -> None:
    said = conclude(drawn_study(tmp_path, architectures=PAIR, seeds=[0])).sight
    assert said.startswith("One seed shows no difference. With endless seeds on these 600 test images")
