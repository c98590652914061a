import pytest

from taskgraft.architecture import NAMES, parse_twin, twin_name


@pytest.mark.parametrize("name", NAMES)
def test_names_of_twins_can_be_read_back(name: str) -> None:
    assert parse_twin(twin_name(name, "shared-coarse-to-fine", "macs")) == (
        name,
        "shared-coarse-to-fine",
        "macs",
    )
    assert parse_twin(name) is None


@pytest.mark.parametrize(
    "name", ["@independent-macs", "shared@-macs", "shared@independent-watts", "shared@macs"]
)
def test_other_forms_are_no_twin(name: str) -> None:
    assert parse_twin(name) is None
