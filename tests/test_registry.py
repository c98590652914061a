import pytest

from taskgraft.errors import RequestError
from taskgraft.registry import Registry, extending_modules
from taskgraft.scores import SCORES, LevelImages, LevelScore, Measurement, mean, register_score


def registry() -> Registry[object]:
    known: Registry[object] = Registry("the shape")
    known.add("square")(int)
    return known


def test_what_is_added_is_there_under_its_name_and_in_order() -> None:
    known = registry()
    assert known.add("circle")(float) is float
    assert (list(known), len(known), known["circle"], "circle" in known, "line" in known) == (
        ["square", "circle"],
        2,
        float,
        True,
        False,
    )


def test_a_name_that_is_taken_is_refused_and_the_same_thing_is_not() -> None:
    known = registry()
    known.add("square")(int)
    with pytest.raises(RequestError, match="Expected the name of the shape to be free, but got 'square'"):
        known.add("square")(float)
    assert known["square"] is int


def test_an_unknown_name_is_refused_with_the_closest_one() -> None:
    with pytest.raises(RequestError, match=r"the shape to be one of square, but got 'sqare'\. Did you mean"):
        registry()["sqare"]


def test_a_module_extends_as_long_as_something_of_it_is_registered() -> None:
    shapes: Registry[object] = Registry("the shape")
    shapes.add("here")(test_a_module_extends_as_long_as_something_of_it_is_registered)
    assert __name__ in extending_modules()
    shapes.remove("here")
    assert __name__ not in extending_modules()


def test_a_score_extends_from_where_its_function_is() -> None:
    def ones(level: LevelImages) -> Measurement:
        return mean(level.probs.max(axis=1))

    register_score(LevelScore("sureness", "{} sureness", "Mean of the largest.", "%", True, ones))
    try:
        assert __name__ in extending_modules()
    finally:
        SCORES.remove("sureness")
