import json
from pathlib import Path

import pytest

from imagined import ENVIRONMENT
from taskgraft.errors import StudyError
from taskgraft.inference_cost import InferenceCost
from taskgraft.study import DamagedFileError, InferenceRecord, read_record, write_record
from taskgraft.study._checked import FORMAT, checksum

COST = InferenceCost(latency_p50_milliseconds=0.1, latency_p99_milliseconds=1 / 3, images_per_second=1e-7)
RECORD = InferenceRecord(environment=ENVIRONMENT, costs={"süß": COST})


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "inference.json"
    write_record(path, RECORD)
    assert read_record(path, InferenceRecord) == RECORD


def test_a_number_that_is_none_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "inference.json"
    for value in (float("nan"), float("inf"), -0.0):
        cost = COST.model_copy(update={"images_per_second": value})
        write_record(path, RECORD.model_copy(update={"costs": {"a": cost}}))
        assert repr(read_record(path, InferenceRecord).costs["a"].images_per_second) == repr(value)


def test_the_checksum_is_of_the_content_however_it_is_laid_out(tmp_path: Path) -> None:
    path = tmp_path / "inference.json"
    write_record(path, RECORD)
    content = json.loads(path.read_bytes())
    assert content["checksum"] == checksum({k: v for k, v in content.items() if k != "checksum"})
    path.write_text(json.dumps(content, sort_keys=True, indent=7, ensure_ascii=False))
    assert read_record(path, InferenceRecord) == RECORD


def test_a_changed_number_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "inference.json"
    write_record(path, RECORD)
    path.write_text(path.read_text().replace("0.1", "0.2"))
    with pytest.raises(DamagedFileError, match="but got one whose checksum does not hold") as told:
        read_record(path, InferenceRecord)
    assert told.value.reason == "one whose checksum does not hold"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no JSON"),
        (b"[1, 2]", "another kind of JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"{}", "one without a format"),
        (b'{"format": true}', "one without a format"),
        (b'{"format": 0}', "one without a format"),
        (b'{"format": "4"}', "one without a format"),
        (b'{"format": 4}', "one without a checksum"),
        (b'{"format": 2}', "format 2, made by an older taskgraft"),
        (b'{"format": 2, "costs": ' + b"[" * 100_000, "no JSON"),
        (b'{"format": 1' + b"0" * 10_000 + b"}", "no JSON|by a newer|without a format"),
    ],
)
def test_what_is_no_record_is_one_short_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "inference.json"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=message) as told:
        read_record(path, InferenceRecord)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 500


def test_a_newer_format_is_told_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "inference.json"
    path.write_text(json.dumps({"format": FORMAT + 1, "novelty": 1}))
    with pytest.raises(StudyError, match=f"but got 'format {FORMAT + 1}, made by a newer taskgraft'"):
        read_record(path, InferenceRecord)
    # A number that a flipped bit made is none.
    write_record(path, RECORD)
    path.write_text(path.read_text().replace('"format": 4', '"format": 7'))
    with pytest.raises(DamagedFileError, match="checksum does not hold"):
        read_record(path, InferenceRecord)
