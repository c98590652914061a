"""Studies of every format there was load, and are brought up to date; newer ones are refused politely."""

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

GOLDEN = Path(__file__).parent / "golden"
FORMATS = range(1, FORMAT + 1)


@pytest.fixture
def study(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of a study as the versions of one format wrote it."""
    out = tmp_path / "study"
    shutil.copytree(GOLDEN / f"format-{max(request.param, 2)}", out)
    if request.param == 1:
        _make_format_1(out)
    return out


def _make_format_1(study: Path) -> None:
    """Format 1 measured neither flows nor inference, and nested its scores."""
    (study / "inference.json").unlink()
    (study / "gallery.safetensors").unlink()
    for name in NAMES:
        directory = run_directory(study, name, 0)
        (directory / "flows.safetensors").unlink(missing_ok=True)
        record = json.loads((directory / RESULT).read_bytes())
        record["digests"].pop("flows.safetensors", None)
        nested = {
            "accuracies": {"group": 0.5},
            "consistencies": {"group>colour": 0.5},
            "summed_accuracies": {},
        }
        write(directory / RESULT, {**record, "format": 1, "scores": nested, "val_scores": nested})
    record = json.loads((study / "study.json").read_bytes())
    write(study / "study.json", {**record, "format": 1})


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content))


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    rest = {name: value for name, value in content.items() if name != "checksum"}
    write(path, {**rest, "checksum": checksum(rest)})


def format_of(path: Path) -> int:
    return int(json.loads(path.read_bytes())["format"])


@pytest.mark.parametrize("study", FORMATS, indirect=True)
def test_every_format_loads_and_is_reported(study: Path) -> None:
    found = Study.open(study)
    assert (found.missing, found.damaged) == ((), ())
    assert [standing.architecture for standing in conclude(found).standings] == list(NAMES)


@pytest.mark.parametrize("study", FORMATS, indirect=True)
def test_every_format_is_brought_up_to_date_without_training(study: Path) -> None:
    trained = [*study.glob("runs/*/model.safetensors"), *study.glob("runs/*/predictions.safetensors")]
    before = [path.read_bytes() for path in trained]
    watching = Watching()
    found = small_study(study, observer=watching)
    assert (watching.done, watching.notes) == ([], [])
    assert (found.missing, found.damaged) == ((), ())
    records = [study / "study.json", study / "inference.json", *study.glob("runs/*/result.json")]
    assert [format_of(path) for path in records] == [FORMAT] * 4
    assert [path.read_bytes() for path in trained] == before
    assert (run_directory(study, NAMES[1], 0) / "flows.safetensors").exists()
    assert len(found.runs[1].scores) > 10
    files = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    small_study(study)
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize("study", [FORMAT], indirect=True)
@pytest.mark.parametrize("path", ["study.json", f"runs/{NAMES[0]}-seed0/result.json"])
def test_a_newer_format_is_refused_politely_and_left_alone(study: Path, path: str) -> None:
    content = json.loads((study / path).read_bytes())
    write_sealed(study / path, {**content, "format": 7, "novelty": 1})
    newer = (study / path).read_bytes()
    line = rf"{path}' to be of format 1 to {FORMAT}, but got 'format 7, made by a newer taskgraft'\. Update"
    for use in (Study.open, small_study):
        with pytest.raises(StudyError, match=line.replace("'", "'?", 1)):
            use(study)
    assert (study / path).read_bytes() == newer


@pytest.mark.parametrize("study", FORMATS, indirect=True)
def test_an_unknown_field_of_a_known_format_is_damage(study: Path) -> None:
    path = run_directory(study, NAMES[0], 0) / RESULT
    content = {**json.loads(path.read_bytes()), "novelty": 1}
    (write if content["format"] < 3 else write_sealed)(path, content)
    found = Study.open(study)
    assert found.missing == ((NAMES[0], 0),)
    assert found.damaged == (f"{NAMES[0]}-seed0: {RESULT} is one with a field that is not known, novelty",)


@pytest.mark.parametrize("study", [FORMAT], indirect=True)
def test_a_checksum_cannot_be_got_rid_of_by_an_older_number(study: Path) -> None:
    path = run_directory(study, NAMES[0], 0) / RESULT
    content = json.loads(path.read_bytes())
    for number in (1, 2):
        write_sealed(path, {**content, "format": number})
        assert "has a checksum against its format" in Study.open(study).damaged[0]
    del content["checksum"]
    write(path, content)
    assert "has a checksum against its format, or none" in Study.open(study).damaged[0]
