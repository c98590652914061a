"""What a study decided, what more seeds would decide, and what it cannot decide."""

from __future__ import annotations

from pathlib import Path

from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue
from taskgraft.verdict import Questions, conclude

LEVELS = TAXONOMY.level_names
THREE = [catalogue(LEVELS)[name] for name in ("independent", "shared", "coarse-to-fine")]


def questions(directory: Path, margin: float, **options) -> Questions:
    chosen = conclude(drawn_study(directory, architectures=THREE, **options), margin=margin).recommendation
    assert chosen is not None
    return chosen.questions


def test_everything_decided(tmp_path: Path) -> None:
    lists = questions(tmp_path, 4, gains={"coarse-to-fine": -0.2})
    assert lists.decided[0].startswith("shared is within 4 points of the best (may lose ")
    assert lists.decided[1].startswith("Within 4 points of the best, too: independent (may lose ")
    assert lists.decided[2].startswith("Behind another by more than 4 points: coarse-to-fine (")
    assert (lists.undecided, lists.command) == ((), None)
    assert lists.beyond[-1].startswith("Other data: this is one dataset")


def test_who_is_above_all_others_loses_nothing(tmp_path: Path) -> None:
    lists = questions(tmp_path, 4, gains={"shared": 0.3})
    assert lists.decided[0].startswith("shared is within 4 points of the best (loses nothing): the cheapest")


def test_what_more_seeds_would_decide_has_its_command(tmp_path: Path) -> None:
    lists = questions(tmp_path, 4, seeds=[0, 1])
    asked = [one for one in lists.undecided if one.startswith("Within 4 points of the best? ")]
    assert asked
    assert all(one.endswith(" seeds in all would show it.") for one in asked)
    assert lists.command is not None
    assert lists.command.startswith("taskgraft compare --seeds ")


def test_what_the_images_leave_open_is_beyond_it(tmp_path: Path) -> None:
    lists = questions(tmp_path, 0.5)
    assert any("600 test images alone leave up to" in one for one in lists.beyond)
    assert not any("Within" in one for one in lists.decided)
