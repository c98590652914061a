import pytest

from taskgraft.errors import RequestError
from taskgraft.recipe import (
    RECIPES,
    Crop,
    Range,
    changed,
    default_keys,
    quick,
    ranges_of,
    recipe,
    recipe_values,
)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_searched_around_its_values(name: str) -> None:
    values = recipe(name)
    ranges = ranges_of(values, dict.fromkeys(default_keys(values, 2)), 2)
    assert {"optimizer.learning_rate", "finest_weight"} <= set(ranges)
    for path, each in ranges.items():
        assert each.low < recipe_values(values)[path] < each.high
        for end in (each.low, each.high):
            changed(values, {path: end})


def test_the_share_of_a_pretrained_trunk_is_searched_too() -> None:
    assert default_keys(recipe("finetune"), 2)[-1] == "trunk_rate_ratio"


def test_the_weight_of_a_level_that_is_alone_is_not() -> None:
    keys = dict.fromkeys(["finest_weight", "optimizer.learning_rate"])
    assert list(ranges_of(recipe("quick"), keys, 1)) == ["optimizer.learning_rate"]
    assert default_keys(recipe("quick"), 1) == ("optimizer.learning_rate",)


@pytest.mark.parametrize(
    ("balancing", "by_default", "named"),
    [
        # Nothing to decide; the length of a step, which the rate decides as well; how levels are mixed.
        ("equal", False, False),
        ("geometric", False, True),
        ("famo", False, True),
        ("fixed", True, True),
        ("random", True, True),
        ("uncertainty", True, True),
        ("upgrad", True, True),
    ],
)
def test_the_weight_is_searched_where_the_balancing_uses_it(
    balancing: str, by_default: bool, named: bool
) -> None:
    values = recipe("quick", {"balancing": balancing})
    assert ("finest_weight" in default_keys(values, 2)) is by_default
    assert ("finest_weight" in ranges_of(values, {"finest_weight": None}, 2)) is named


def test_a_weight_that_decides_when_to_stop_has_a_say() -> None:
    values = recipe("quick", {"balancing": "equal", "early_stop": {"patience": 2, "min_delta": 0.0}})
    assert list(ranges_of(values, {"finest_weight": None}, 2)) == ["finest_weight"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("optimizer.learning_rate", Range(0.025, 1.6)),
        ("optimizer.momentum", Range(0.45, 0.95, is_log=False)),
        ("label_smoothing", Range(0.05, 0.2, is_log=False)),
        ("batch_size", Range(32, 512, is_whole=True)),
    ],
)
def test_a_range_follows_from_the_kind_of_value(path: str, expected: Range) -> None:
    [found] = ranges_of(recipe("quick"), {path: None}, 2).values()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.is_log, found.is_whole) == (expected.is_log, expected.is_whole)


def test_whole_numbers_end_where_their_key_does() -> None:
    crops = Crop(min_area_ratio=0.5, policy="rand-augment", policy_operations=3)
    key = "augmentation.policy_operations"
    [found] = ranges_of(quick().model_copy(update={"augmentation": crops}), {key: None}, 2).values()
    assert (found.low, found.high) == (1, 8)


def test_a_range_that_is_given_has_steps_of_its_kind() -> None:
    keys = {
        "label_smoothing": (0.0, 0.3),
        "optimizer.learning_rate": (0.01, 1.0),
        "batch_size": (64.0, 128.0),
    }
    logs = [each.is_log for each in ranges_of(recipe("quick"), keys, 2).values()]
    assert logs == [False, True, True]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"optimizer.learning_rat": None}, "Did you mean optimizer.learning_rate"),
        ({"epochs": None}, "a number that is no length of a run, but got 'epochs'"),
        ({"test_time_flip": None}, "a number that is no length of a run"),
        ({"optimizer.kind": None}, "a number that is no length of a run"),
        ({"growth": None}, "a number that is no length of a run"),
        ({"frozen_ratio": None}, "but got 'frozen_ratio=0'. Write frozen_ratio=LOW:HIGH."),
        ({"label_smoothing": (0.0, 2.0)}, "Expected label_smoothing to be .* but got 2"),
        ({"batch_size": (1.5, 8.0)}, "Expected batch_size to be a whole number"),
        ({"finest_weight": (4.0, 1.0)}, "Expected the range of finest_weight to be LOW:HIGH, but got 4:1"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    keys: dict[str, tuple[float, float] | None], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        ranges_of(recipe("quick"), keys, 2)
