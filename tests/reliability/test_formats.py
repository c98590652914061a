"""A study of the present format is read whatever wrote it; any other format is refused in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_study import NAMES, Watching, small_study

from taskgraft.errors import StudyError
from taskgraft.study import RESULT, Study, run_directory
from taskgraft.study._checked import FORMAT, checksum
from taskgraft.verdict import conclude

GOLDEN = Path(__file__).parent / "golden" / "study"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the golden study."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "study"))


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content))


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    rest = {name: value for name, value in content.items() if name != "checksum"}
    write(path, {**rest, "checksum": checksum(rest)})


def test_the_golden_study_loads_and_is_reported(study: Path) -> None:
    loaded = Study.open(study)
    assert (loaded.missing, loaded.damaged) == ((), ())
    assert [standing.variant for standing in conclude(loaded).standings] == list(NAMES)


def test_the_golden_study_is_continued_without_training(study: Path) -> None:
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    watching = Watching()
    continued = small_study(study, listener=watching)
    assert (watching.done, watching.notes) == ([], [])
    assert (continued.missing, continued.damaged) == ((), ())
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("path", ["study.json", f"runs/{NAMES[0]}-seed0/result.json"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (FORMAT + 1, f"format {FORMAT + 1}, made by a newer taskgraft'. Update"),
        (FORMAT - 1, f"format {FORMAT - 1}, made by an older taskgraft'. Make the study again"),
    ],
)
def test_another_format_is_refused_in_one_line_and_left_alone(
    study: Path, path: str, number: int, words: str
) -> None:
    write_sealed(study / path, {**json.loads((study / path).read_bytes()), "format": number, "novelty": 1})
    before = (study / path).read_bytes()
    for use in (Study.open, small_study):
        with pytest.raises(StudyError) as caught:
            use(study)
        assert f"{path} to be of format {FORMAT}, but got '{words}" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (study / path).read_bytes() == before


def test_a_record_of_the_formats_before_checksums_is_of_an_older_format(study: Path) -> None:
    content = json.loads((study / "study.json").read_bytes())
    del content["checksum"]
    write(study / "study.json", {**content, "format": 2})
    with pytest.raises(StudyError, match="format 2, made by an older taskgraft"):
        Study.open(study)


def test_an_unknown_field_is_damage(study: Path) -> None:
    path = run_directory(study, NAMES[0], 0) / RESULT
    write_sealed(path, {**json.loads(path.read_bytes()), "novelty": 1})
    damaged = Study.open(study)
    assert damaged.missing == ((NAMES[0], 0),)
    assert damaged.damaged == (f"{NAMES[0]}-seed0: {RESULT} is one with an unknown field, novelty",)


def test_a_checksum_that_is_missing_is_damage(study: Path) -> None:
    path = run_directory(study, NAMES[0], 0) / RESULT
    content = json.loads(path.read_bytes())
    del content["checksum"]
    write(path, content)
    assert "one without a checksum" in Study.open(study).damaged[0]
