"""The verdict in a terminal of 80 columns."""

from collections.abc import Callable

import pytest
from made_study import Told

from taskgraft.report import verdict_text

LEVELS = (("coarse", "fine"), ("group", "kind", "article"), ("a", "b", "c", "d", "e"))


@pytest.mark.parametrize("levels", LEVELS)
def test_no_line_is_too_wide_and_no_figure_is_cut(tell: Callable[..., Told], levels: tuple[str, ...]) -> None:
    told = tell(levels=levels)
    text = verdict_text(told.study, told.verdict)
    assert max(map(len, text.splitlines())) <= 80
    for standing in told.verdict.standings:
        lines = [line for line in text.splitlines() if line.startswith(f"{standing.variant} ")]
        assert len(lines) >= 2
        for level in levels:
            interval = standing.scores[f"accuracy.{level}"]
            cell = f"{100 * interval.estimate:.1f} ±{50 * (interval.high - interval.low):.1f}"
            assert any(cell in line for line in lines)


def test_everything_that_is_said_is_told(tell: Callable[..., Told]) -> None:
    told = tell()
    text = " ".join(verdict_text(told.study, told.verdict).split())
    chosen = told.verdict.recommendation
    for said in (told.verdict.headline, *told.verdict.sentences, chosen.reason, *told.verdict.cautions):
        assert " ".join(said.split()) in text
    assert f"For {chosen.prefer}, take {chosen.variant}." in text
