from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tuned.__main__ import SEVEN, main
from benchmarks.tuned.page import change


def test_the_page_has_every_variant_every_pair_and_what_was_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.tuned.__main__.SEVEN", ("flat", "shared"))
    page = tmp_path / "page.md"
    options = {"data": "shapes", "epochs": 0.2, "seeds": 2, "trials": 1, "jobs": 1}
    main(tmp_path / "out", **options, page_file=page)  # type: ignore[arg-type]
    text = page.read_text()
    assert "`python -m benchmarks.tuned OUT --data shapes --epochs 0.2 --seeds 2 --trials 1`" in text
    assert "search: optimizer.learning_rate, finest_weight, of each" in text
    choices = text.split("## What would be taken")[1].split("##")[0]
    assert "- Tuned, for full-path: " in choices
    assert choices.count("| `shared` |") == 1
    over_flat = text.split("## Does it pay to predict a coarser level?")[1].split("##")[0]
    assert over_flat.count("| `shared` |") == 1
    gains = text.split("## What tuning gains")[1].split("##")[0]
    for name in ("flat", "shared"):
        assert f"| `{name}` |" in gains
    plain = text.split("## Every pair, each level by its own arg-max")[1].split("##")[0]
    assert plain.count(" − `") == 1
    assert "## Every pair, decoded jointly" in text
    # What is trained is not trained again.
    runs = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("result.json")}
    main(tmp_path / "out", **options, page_file=page)  # type: ignore[arg-type]
    assert runs == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("result.json")}
    assert len(runs) == 8
    assert page.read_text() == text


def test_the_seven_are_the_six_and_flat() -> None:
    assert SEVEN[0] == "flat"
    assert len(SEVEN) == 7


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("better", "worse", "turned round"),
        ("worse", "alike", "no longer claimed"),
        ("undecided", "better", "claimed now"),
        ("better", "better", "the same"),
        ("undecided", "alike", "the same"),
    ],
)
def test_what_becomes_of_a_claim(before: str, after: str, expected: str) -> None:
    assert change(before, after) == expected  # type: ignore[arg-type]
