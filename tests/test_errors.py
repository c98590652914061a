from __future__ import annotations

import pytest

from taskgraft import errors
from taskgraft.errors import DataError, RequestError, TaskgraftError, unknown_name


def test_every_error_is_composed_in_one_form() -> None:
    error = DataError.expected("train.bin", "readable", 3, "Fetch it again.")
    assert isinstance(error, DataError)
    assert str(error) == "Expected train.bin to be readable, but got 3. Fetch it again."


def test_strings_are_quoted_so_that_an_empty_one_can_be_seen() -> None:
    assert "but got ''." in str(RequestError.expected("a name", "not empty", "", "Name it."))


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [("TaskgraftError", 1), ("DataError", 1), ("StudyError", 1)]
    + [(name, 2) for name in ("RequestError", "ArchitectureError", "TaxonomyError")],
)
def test_exit_codes_tell_failed_work_from_a_wrong_request(name: str, exit_code: int) -> None:
    error = getattr(errors, name)
    assert issubclass(error, TaskgraftError)
    assert error.exit_code == exit_code


def test_an_unknown_name_is_told_the_closest_one() -> None:
    error = unknown_name("recipe", "fsat", ["original", "fast"])
    assert isinstance(error, RequestError)
    assert str(error) == ("Expected recipe to be one of original, fast, but got 'fsat'. Did you mean 'fast'?")


def test_an_unknown_name_close_to_none_gets_no_guess() -> None:
    assert str(unknown_name("recipe", "xyz", iter(["original", "fast"]))).endswith(
        "Choose one of these names."
    )
