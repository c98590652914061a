"""Records that carry a checksum over their content, and how they are read back.

The checksum belongs to the JSON of a record alone: added when one is written, gone when one is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)

from taskgraft.errors import StudyError
from taskgraft.file_writing import write_bytes
from taskgraft.record_faults import fault_of, shortened
from taskgraft.study._files import DamagedFileError, read_limited

# Raised with every change of what a record holds; no other format is read.
FORMAT = 4
_CHECKSUM = "checksum"
_MOST_BYTES = 64 * 1024 * 1024


class _OtherFormatError(Exception):
    """A record of another format than this version reads and writes."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class UnwritableRecordError(Exception):
    """A record holds what no record may, and would be refused when read."""


class Record(BaseModel):
    """A frozen record that refuses unknown fields."""

    # A score that is no number is written as one, so that reading gives back what was written.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class CheckedRecord(Record):
    """A record that is a file: numbered by its format, and with a checksum in its JSON.

    Attributes:
        format: Version of the records of a study directory.
    """

    format: int = FORMAT

    @model_serializer(mode="wrap", when_used="json")
    def _seal(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content = dump(self)
        return {**content, _CHECKSUM: checksum(content)}

    @model_validator(mode="before")
    @classmethod
    def _verify(cls, content: Any, info: ValidationInfo) -> Any:
        """Refuses the JSON of a record whose content is not what its checksum was taken of."""
        if info.mode != "json" or not isinstance(content, dict):
            return content
        checked, number = content.get(_CHECKSUM), content.get("format")
        rest = {name: value for name, value in content.items() if name != _CHECKSUM}
        # Before the format is looked at: one flipped bit makes another number of it.
        if checked is not None and checked != checksum(rest):
            raise ValueError("one whose checksum does not hold")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise ValueError("one without a format")
        if number != FORMAT:
            raise _OtherFormatError(number)
        if checked is None:
            raise ValueError("one without a checksum")
        return rest


Checked = TypeVar("Checked", bound=CheckedRecord)


def checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of JSON content, however it is indented and in whatever order its names stand.

    Example:
        >>> checksum({"a": 1, "b": [0.5]}) == checksum({"b": [0.5], "a": 1})
        True
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def write_record(path: Path, record: CheckedRecord, *, make_parents: bool = True) -> None:
    """Writes a record with its checksum; only what `read_record` will read.

    Raises:
        StudyError: If it cannot be written, or could not be read back.
    """
    try:
        content = record_content(record)
    except UnwritableRecordError as error:
        raise StudyError.expected(
            str(path),
            "a record that can be read back",
            str(error),
            "Nothing was written: ask for something smaller or plainer.",
        ) from error
    write_bytes(path, content, make_parents=make_parents)


def record_content(record: CheckedRecord) -> bytes:
    """The bytes of a record's file, which are sure to be read again.

    Raises:
        UnwritableRecordError: If they would not be; says in a few words why.
    """
    try:
        content = (record.model_dump_json(indent=2) + "\n").encode()
    # As for half a surrogate pair in a name.
    except ValueError as error:
        raise UnwritableRecordError("one with text that is no Unicode") from error
    if len(content) > _MOST_BYTES:
        raise UnwritableRecordError(f"more than {_MOST_BYTES:,} bytes")
    try:
        type(record).model_validate_json(content)
    except ValidationError as error:
        raise UnwritableRecordError(fault_of(error)) from error
    return content


def read_record(path: Path, kind: type[Checked]) -> Checked:
    """Reads a complete record, or says what is wrong with it.

    Raises:
        FileNotFoundError: If there is none.
        DamagedFileError: If it is torn, changed, too large or not such a record.
        StudyError: If a version of taskgraft with another format made it.
    """
    content = read_limited(path, _MOST_BYTES)
    try:
        return kind.model_validate_json(content)
    except _OtherFormatError as error:
        raise other_format(path, error.number) from error
    except ValidationError as error:
        raise DamagedFileError.of(path, fault_of(error)) from error


def other_format(path: Path, number: int) -> StudyError:
    """The error for a file of another format than this version reads."""
    age, remedy = (
        ("a newer", "Update taskgraft to read it.")
        if number > FORMAT
        else ("an older", "Make the study again in another directory.")
    )
    return StudyError.expected(
        str(path),
        f"of format {FORMAT}",
        f"format {shortened(number)}, made by {age} taskgraft",
        remedy,
    )
