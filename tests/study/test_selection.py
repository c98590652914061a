import pytest

from taskgraft.architecture.catalogue import NAMES
from taskgraft.data.dataset import Dataset
from taskgraft.errors import RequestError
from taskgraft.study.selection import select_architectures
from taskgraft.training.recipes import recipe

SPEC = recipe("fast").network


@pytest.fixture(scope="module")
def data() -> Dataset:
    from taskgraft.data.sources import load

    return load("shapes", num_train=320, num_test=64)


def names(*arguments: object, **options: object) -> list[str]:
    return [a.name for a in select_architectures(*arguments, **options)]  # type: ignore[arg-type]


def test_matching_adds_a_twin_of_each_that_costs_another(data: Dataset) -> None:
    twins = [f"{name}@independent-macs" for name in NAMES if name.startswith("shared")]
    assert names("all", data, SPEC, match="macs") == [*NAMES, *twins]


def test_twins_can_have_the_cost_of_another_one(data: Dataset) -> None:
    assert names("independent,shared", data, SPEC, match="parameters", match_to="shared") == [
        "independent", "shared", "independent@shared-parameters",
    ]  # fmt: skip


def test_a_twin_can_be_asked_for_by_name(data: Dataset) -> None:
    assert names(["all", "shared@independent-macs"], data, SPEC) == [*NAMES, "shared@independent-macs"]
    assert names("shared@independent-macs", data, SPEC) == ["shared@independent-macs"]


def test_asking_twice_is_asking_once(data: Dataset) -> None:
    asked = "shared,independent,shared,shared@independent-macs"
    assert names(asked, data, SPEC, match="macs") == ["shared", "independent", "shared@independent-macs"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sharde@independent-macs", "Did you mean 'shared'"),
        ("shared@independnet-macs", "Did you mean 'independent'"),
        ("shared@independent-mac", "Expected architecture to be one of"),
        ("shared@shared-macs", "Use shared"),
    ],
)
def test_a_twin_that_cannot_be_is_one_line(data: Dataset, name: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        select_architectures(name, data, SPEC)
