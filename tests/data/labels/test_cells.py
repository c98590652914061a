from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
import torch

from taskgraft.data.labels._cells import NotOneLabelError, plain, shown, written


class Colour(str, Enum):  # noqa: UP042 - as older code has it
    RED = "red"


@pytest.mark.parametrize(
    "cell",
    [
        None,
        pd.NA,
        pd.NaT,
        float("nan"),
        np.float32("nan"),
        np.datetime64("NaT"),
        np.ma.masked,
        Decimal("NaN"),
        Decimal("sNaN"),
        "",
        " \t\n",
        "\u3000",
        b"",
        -1,
        -1.0,
        np.int8(-1),
        Decimal(-1),
        [-1],
        [None],
        np.array([-1]),
        torch.tensor(-1),
        torch.tensor([-1.0]),
        pyarrow.scalar(None, pyarrow.int32()),
    ],
)
def test_what_says_nothing_is_unknown(cell: Any) -> None:
    assert plain(cell) is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("None", "None"),
        ("nan", "nan"),
        ("NA", "NA"),
        ("null", "null"),
        ("-1", "-1"),
        ("-1.0", "-1.0"),
        (" cat\t", "cat"),
        ("e\u0301", "e\u0301"),
        ("a\x00b", "a\x00b"),
        ("a b", "a b"),
        (b"caf\xc3\xa9", "caf\u00e9"),
        (bytearray(b"x"), "x"),
        (np.str_("y"), "y"),
        (np.bytes_(b"z"), "z"),
        (Colour.RED, "red"),
        (True, True),
        (np.True_, True),
        (7, 7),
        (-2, -2),
        (1.0, 1),
        (-0.0, 0),
        (2.0**53, 2**53),
        (np.float16(3), 3),
        (Decimal(10) / 2, 5),
        ([5], 5),
        (("cat",), "cat"),
        ([[5]], 5),
        (np.array([5]), 5),
        (np.array("q"), "q"),
        (torch.tensor(5, dtype=torch.bfloat16), 5),
        (torch.tensor([5]), 5),
        (pyarrow.scalar("x"), "x"),
    ],
)
def test_what_is_one_label_is_that_value(cell: Any, value: object) -> None:
    result = plain(cell)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "cell",
    [
        [0, 0, 1, 0],
        np.eye(3)[0],
        ["a", "b"],
        [],
        (),
        {},
        {"a": 1},
        {1},
        1.5,
        float("inf"),
        2.0**60,
        2j,
        10**500,
        Decimal("2.5"),
        Decimal("1e999999"),
        pd.Timestamp("2020-01-01"),
        np.datetime64("2020-01-01"),
        object(),
        range(1),
        "\ud800",
        b"\xff",
        torch.zeros(2),
    ],
)
def test_anything_else_is_refused(cell: Any) -> None:
    with pytest.raises(NotOneLabelError):
        plain(cell)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotOneLabelError):
        plain(endless)


def test_what_is_shown_of_a_cell_is_short() -> None:
    assert shown(np.arange(1000)) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1..."
    assert written([" cat"]) == " cat"
