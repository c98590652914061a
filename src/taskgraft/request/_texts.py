"""Options of many values: `KEY=VALUE` texts, or a mapping of keys to values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from taskgraft.errors import Phrase, RequestError
from taskgraft.events import Observer
from taskgraft.kinds import is_number, is_whole
from taskgraft.parameter import Parameter
from taskgraft.recipe import alike, assignment, flattened, shown, value_of_text

_OPENING, _CLOSING = "[{", "]}"


def settings_of(given: object) -> dict[str, Any]:
    """Key paths of a recipe and the value of each.

    Raises:
        RequestError: If they are neither a mapping nor texts, or a key has two values.

    Example:
        >>> settings_of({"optimizer": {"momentum": 0.5}}), settings_of(["batch_size=64"])
        ({'optimizer.momentum': 0.5}, {'batch_size': '64'})
    """
    if isinstance(given, Mapping):
        return flattened(given)
    return flattened(_distinct(Parameter("set"), map(assignment, _texts(Parameter("set"), given))))


def variations(given: object) -> dict[str, list[Any]]:
    """Key paths of a recipe and the values that each takes in turn.

    Raises:
        RequestError: If they are neither a mapping to lists nor texts, or a key stands twice.

    Example:
        >>> variations(["batch_size=32,64", "network.branch.fc_2=[256],[512, 256]"])
        {'batch_size': ['32', '64'], 'network.branch.fc_2': [[256], [512, 256]]}
    """
    what = Parameter("vary")
    if not isinstance(given, Mapping):
        pairs = (_pair(what, text, "KEY=A,B", "batch_size=32,64") for text in _texts(what, given))
        given = _distinct(what, ((key, split_values(value)) for key, value in pairs))
    return {key: _listed(key, values) for key, values in flattened(given).items()}


def searched_keys(given: object) -> dict[str, tuple[float, float] | None]:
    """Key paths of a recipe that are searched, each with the ends of its range if they are given.

    Raises:
        RequestError: If they are neither a mapping nor texts, a key stands twice, or an end is no number.

    Example:
        >>> searched_keys(["optimizer.learning_rate=0.01:1,finest_weight"])
        {'optimizer.learning_rate': (0.01, 1.0), 'finest_weight': None}
        >>> searched_keys({"finest_weight": [1, 4]})
        {'finest_weight': (1.0, 4.0)}
    """
    what = Parameter("tune_keys")
    if isinstance(given, Mapping):
        return {key: None if ends is None else _ends(key, ends) for key, ends in flattened(given).items()}
    keys: dict[str, tuple[float, float] | None] = {}
    for part in (part.strip() for text in _texts(what, given) for part in str(text).split(",")):
        key, equals, ends = (each.strip() for each in part.partition("="))
        if not key or key in keys:
            rule = "different keys joined by commas"
            raise RequestError.expected(what, rule, given, "For example optimizer.learning_rate=0.01:1.")
        keys[key] = _ends(key, ends.split(":")) if equals else None
    return keys


def _ends(key: str, ends: Any) -> tuple[float, float]:
    try:
        low, high = (float(each) for each in ends)
    except (TypeError, ValueError) as error:
        raise RequestError.expected(f"the range of {key}", "LOW:HIGH", ends, "For example 0.01:1.") from error
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RequestError.expected(f"the range of {key}", "of finite numbers", ends, "For example 0.01:1.")
    return low, high


def forks_of(given: Any) -> Any:
    """How many stages are shared, one number or several; text, which names them, as it is.

    Raises:
        RequestError: If one is no whole number.

    Example:
        >>> forks_of(1), forks_of([1, 2]), forks_of("all")
        ((1,), (1, 2), 'all')
    """
    if given is None or isinstance(given, str):
        return given
    stages = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not stages or not all(map(is_whole, stages)):
        raise RequestError.expected(Parameter("forks"), "all, or whole numbers", given, "Try [1, 2].")
    return tuple(map(int, stages))


def observers_of(given: object) -> tuple[str | Observer, ...]:
    """Names of logs and observers, each once.

    Raises:
        RequestError: If one is neither, or stands twice.

    Example:
        >>> observers_of("csv, mlflow"), observers_of(())
        (('csv', 'mlflow'), ())
    """
    several = [given] if isinstance(given, str | Observer) else given
    are_several = isinstance(several, list | tuple)
    each = [one for some in several for one in _named(some)] if isinstance(several, list | tuple) else []
    # An observer may have no hash, and be empty.
    different = {one if isinstance(one, str) else id(one) for one in each}
    if not are_several or different & {"", id(None)} or len(different) < len(each):
        rule = "different names of logs, joined by commas, or observers"
        raise RequestError.expected(Parameter("log"), rule, given, "Write it like csv,tensorboard.")
    return tuple(each)


def _named(one: object) -> list[Any]:
    """A text taken apart at its commas; an observer as it is, and None for anything else."""
    if isinstance(one, str):
        return [name.strip() for name in one.split(",")]
    return [one if isinstance(one, Observer) else None]


def numbers(given: object) -> dict[str, float]:
    """Names and numbers, such as the options of `shapes`.

    Raises:
        RequestError: If they are neither a mapping nor texts, or a value is no number.

    Example:
        >>> numbers(["relatedness=0.5", "seed=3"])
        {'relatedness': 0.5, 'seed': 3}
    """
    what = Parameter("data_options")
    if isinstance(given, Mapping):
        _check_numbers(what, given)
        return dict(given)
    pairs = (_pair(what, text, "KEY=NUMBER", "relatedness=0.5") for text in _texts(what, given))
    return _distinct(what, ((key, _number(what, f"{key}={value}", value)) for key, value in pairs))


def split_values(text: str) -> list[Any]:
    """Values joined by commas; a comma in brackets parts none.

    Example:
        >>> split_values("0.1,0.2"), split_values("[1, 2], []")
        (['0.1', '0.2'], [[1, 2], []])
    """
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [value_of_text(part.strip()) for part in parts]


def _texts(what: Parameter, given: object) -> Iterable[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise RequestError.expected(what, "a mapping of keys to values", given, "Write it like {'key': 1}.")
    return texts


def _pair(what: Parameter, text: str, form: str, example: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise RequestError.expected(what, form, text, f"For example {example}.")
    return key, value


def _distinct(what: Parameter, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    distinct: dict[str, Any] = {}
    for key, value in pairs:
        if key in distinct and not alike(distinct[key], value):
            got = Phrase(f"{shown(distinct[key])} and {shown(value)}")
            raise RequestError.expected(f"{key} of {what}", "given once", got, "Leave one out.")
        distinct[key] = value
    return distinct


def _listed(key: str, values: object) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable) or isinstance(values, Mapping):
        what = f"{Parameter('vary')} of {key}"
        raise RequestError.expected(what, "a list of values", values, "Write it like [0.1, 0.2].")
    return list(values)


def _check_numbers(what: Parameter, given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if not is_number(value):
            got = Phrase(f"{value!r}, a {type(value).__name__}")
            raise RequestError.expected(f"{key} of {what}", "a number", got, "Write one, without quotes.")


def _number(what: Parameter, pair: str, text: str) -> float:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError as error:
        raise RequestError.expected(what, "KEY=NUMBER", pair, "For example relatedness=0.5.") from error
