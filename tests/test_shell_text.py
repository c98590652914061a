"""Values for fields: typed text says a value of any kind, other text and truth values are no numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from taskgraft.shell_text import ShellText, as_fields_take, kind_fault


class Record(BaseModel):
    """A field of each kind."""

    count: int | None = None
    share: Annotated[float, Field(ge=0)] = 0
    word: Literal["a", "b"] = "a"
    size: Literal[1, 2] = 1
    either: int | Literal["auto"] = 1
    text: str = ""
    switch: bool = False
    shares: tuple[Annotated[float, Field(ge=0)], ...] = ()
    pair: tuple[int, str] = (1, "")

    @model_validator(mode="before")
    @classmethod
    def _reads(cls, values: Any) -> Any:
        return as_fields_take(cls, values)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "64", 64),
        ("share", "1e-3", 1e-3),
        ("word", "b", "b"),
        ("size", "2", 2),
        ("either", "auto", "auto"),
        ("either", "7", 7),
        ("text", "64", "64"),
        ("text", "none", "none"),
        ("switch", "true", True),
        ("shares", "0.5, 1", (0.5, 1.0)),
        ("pair", "3,4", (3, "4")),
    ],
)
def test_typed_text_is_read_as_its_field_says(name: str, text: str, value: Any) -> None:
    read = getattr(Record.model_validate({name: ShellText(text)}), name)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("count", "64", "'64', a text"),
        ("count", True, "true, a truth value"),
        ("share", "0.5", "'0.5', a text"),
        ("share", False, "false, a truth value"),
        ("size", True, "true, a truth value"),
        ("either", "7", "'7', a text"),
        ("either", True, "true, a truth value"),
        ("switch", "true", "'true', a text"),
        ("switch", 1, "1, a number"),
        ("shares", ["0.5"], "'0.5', a text"),
        ("shares", [0.5, True], "true, a truth value"),
        ("pair", ["3", "4"], "'3', a text"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_kind(name: str, value: Any, got: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Record.model_validate({name: value})
    fault = kind_fault(caught.value.errors()[0])
    assert fault is not None
    assert (fault.name, fault.got) == (name, got)


def test_what_is_of_its_kind_is_read_as_ever() -> None:
    values = {
        "count": np.int64(3),
        "share": np.float32(0.5),
        "either": "auto",
        "shares": [1, 0.5],
        "switch": True,
    }
    record = Record.model_validate(values)
    assert (record.count, record.share, record.either, record.shares) == (3, 0.5, "auto", (1.0, 0.5))
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_other_faults_are_pydantic_s() -> None:
    for values in ({"count": 0.5}, {"word": "c"}, {"text": 3}, {"pair": [1, "a", 2]}, {"share": -1}):
        with pytest.raises(ValidationError) as caught:
            Record.model_validate(values)
        assert kind_fault(caught.value.errors()[0]) is None
