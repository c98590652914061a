import pytest

from taskgraft.architecture import BY_DEFAULT, Architecture, Flow, catalogue
from taskgraft.data import Dataset
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.execution import select_architectures
from taskgraft.network import cost, is_matched
from taskgraft.recipe import recipe

SPEC = recipe("fast").network


@pytest.fixture(scope="module")
def data() -> Dataset:
    from taskgraft.data.sources import load

    return load("shapes", num_train=320, num_test=64)


def names(*arguments: object, **options: object) -> list[str]:
    return [a.name for a in select_architectures(*arguments, **options)]  # type: ignore[arg-type]


def test_matching_adds_a_twin_of_each_that_costs_another(data: Dataset) -> None:
    twins = [f"{name}@independent-macs" for name in BY_DEFAULT if name.startswith(("shared", "flat"))]
    assert names("all", data, SPEC, match="macs") == [*BY_DEFAULT, *twins]


def test_twins_can_have_the_cost_of_another_one(data: Dataset) -> None:
    assert names("independent,shared", data, SPEC, match="parameters", match_to="shared") == [
        "independent",
        "shared",
        "independent@shared-parameters",
    ]


def test_a_twin_can_be_asked_for_by_name(data: Dataset) -> None:
    assert names(["all", "shared@independent-macs"], data, SPEC) == [*BY_DEFAULT, "shared@independent-macs"]
    assert names("shared@independent-macs", data, SPEC) == ["shared@independent-macs"]


def test_what_an_option_adds_may_be_named_too(data: Dataset) -> None:
    asked = "shared,independent,shared@independent-macs"
    assert names(asked, data, SPEC, match="macs") == ["shared", "independent", "shared@independent-macs"]


def test_an_architecture_is_named_once(data: Dataset) -> None:
    for twice in ("shared,independent,shared", "shared@independent-macs,shared@independent-macs"):
        with pytest.raises(RequestError, match="Expected the architectures to be different, but got shared"):
            names(twice, data, SPEC)


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


def test_forks_and_ones_own_stand_beside_the_six_and_have_twins(data: Dataset) -> None:
    levels = data.taxonomy.level_names
    own = Architecture("own", levels, "forked", (Flow(levels[0], levels[1], "features"),), forks=(1, 3))
    options = {"custom": [own], "forks": "all"}
    assert names("all", data, SPEC, **options) == [*BY_DEFAULT, "own", "forked-1", "forked-2"]
    found = names("own,independent", data, SPEC, match="macs", **options)
    one_s, twins = found[:4], found[4:]
    assert one_s == ["own", "independent", "forked-1", "forked-2"]
    assert twins == [f"{name}@independent-macs" for name in ("own", "forked-1", "forked-2")]
    asked = "forked-2@own-parameters,own@forked-1-macs"
    assert names(asked, data, SPEC, custom=[own]) == asked.split(",")
    assert names("shared", data, SPEC, custom=[own], match="parameters", match_to="own") == [
        "shared",
        "shared@own-parameters",
    ]


def test_a_twin_keeps_its_forks(data: Dataset) -> None:
    (found,) = select_architectures("forked-1@independent-macs", data, SPEC)
    assert (found.trunk, found.forks) == ("forked", (1,) * len(data.taxonomy.level_names))
    assert found.width_ratio > 1
    own, wanted = (
        cost(a, SPEC, data.taxonomy.num_classes, data.image_shape)
        for a in (found, catalogue(data.taxonomy.level_names)["independent"])
    )
    assert is_matched(own, wanted, "macs")


def test_what_does_not_fit_the_recipe_is_told_before_anything_is_built(data: Dataset) -> None:
    own = Architecture("own", data.taxonomy.level_names, "forked", forks=(9,) * data.taxonomy.num_levels)
    with pytest.raises(ArchitectureError, match="in 'own' to be at most 3, the recipe's stages, but got 9"):
        select_architectures("shared", data, SPEC, custom=[own])
    with pytest.raises(RequestError, match="numbers from 1 to 1 joined by commas, but got '2'"):
        select_architectures("shared", data, recipe("original").network, forks="2")
