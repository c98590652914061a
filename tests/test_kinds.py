from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskgraft.errors import RequestError
from taskgraft.kinds import NAME, NAMES, NONE, NUMBER, PATH, TRUTH, WHOLE_NUMBER, Kind, check_kinds


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (NUMBER, [1, 1.5, np.float32(2), np.int64(3), float("nan")], ["1", None, True, [1], 1j]),
        (WHOLE_NUMBER, [1, -2, np.uint8(3)], [1.0, True, np.bool_(True), "1", None]),
        (NAME, ["a", ""], [b"a", 1, None, ["a"]]),
        (NAMES, ["a,b", ["a"], ("a", "b"), np.array(["a"])], [1, None, {"a"}, {"a": 1}, b"a"]),
        (PATH, ["a", Path("a")], [b"a", 1, None]),
        (TRUTH | NONE, [True, False, None], [0, 1, "yes"]),
    ],
)
def test_a_value_is_of_its_kind_or_refused(kind: Kind, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        check_kinds({"option": value}, {"option": kind})
    for value in bad:
        with pytest.raises(RequestError, match=f"Expected option to be {kind}, but got") as caught:
            check_kinds({"option": value}, {"option": kind})
        assert "\n" not in str(caught.value)


def test_an_error_names_the_type_and_cuts_what_is_long() -> None:
    with pytest.raises(RequestError, match=r"to be a number or None, but got the str 'x{50,60}\.\.\.\. Pass"):
        check_kinds({"epochs": "x" * 10_000}, {"epochs": NUMBER | NONE})


def test_what_has_no_kind_may_be_anything() -> None:
    check_kinds({"other": object()}, {})
