"""A study may have more seeds, or more variants, later on: what it has stays as it is."""

from pathlib import Path

import pytest
from small_study import NAMES, Watching, differing_files, small_plan, small_study

from taskgraft.errors import RequestError
from taskgraft.execution import run_plan
from taskgraft.report import write_report
from taskgraft.study import Study
from taskgraft.verdict import conclude

MORE = (*NAMES, "shared")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three variants and three seeds at once."""
    return small_study(tmp_path_factory.mktemp("whole") / "study", MORE, seeds=3).directory


@pytest.mark.parametrize(
    "steps", [[(NAMES, 3), (MORE, 3)], [(NAMES, 1), (MORE, 3)], [(("shared",), 2), (MORE, 3)]]
)
def test_a_grown_study_equals_one_asked_for_at_once(
    whole: Path, tmp_path: Path, steps: list[tuple[tuple[str, ...], int]]
) -> None:
    out = tmp_path / "study"
    before = 0
    for names, seeds in steps:
        watching = Watching()
        study = small_study(out, names, seeds, watching)
        assert len(watching.done) == len(names) * seeds - before
        before = len(names) * seeds
    assert any("The study grows" in note for note in watching.notes)
    assert differing_files(out, whole) == []
    assert Study.open(out).runs == study.runs
    assert len((out / "results.csv").read_text().splitlines()) == 1 + 9
    assert {s.variant for s in conclude(study).standings} == set(MORE)
    write_report(study, conclude(study))


def test_a_study_does_not_shrink(whole: Path) -> None:
    for names, seeds in ((MORE, 2), (NAMES, 3)):
        with pytest.raises(RequestError, match=r"to be of all that the study in .* is of, but got 'less"):
            small_plan(whole, names, seeds)


def test_whoever_runs_the_smaller_one_meanwhile_is_not_disturbed(tmp_path: Path) -> None:
    small, large = (small_plan(tmp_path / "study", names, 2) for names in (NAMES, MORE))
    assert len(run_plan(large, Watching()).runs) == 6
    with pytest.raises(RequestError, match="of all that the study in"):
        run_plan(small, Watching())
    assert len(Study.open(tmp_path / "study").runs) == 6
