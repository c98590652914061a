"""What is trained: a piece is one data set, whose search and runs take two cores two to four hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.methods.variants import METHODS, SEPARATE, Method, twin_of
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter


@dataclass(frozen=True)
class Piece:
    """One data set, and how the methods are trained on it.

    Attributes:
        name: Of the piece, its files and its folder.
        title: Of its section on the page.
        data: Options of a study that name the data.
        epochs: Of each run.
        num_seeds: Of each method.
        num_trials: Whole trials of the costliest method, whose operations the search of each may take.
        recipe: Of all methods, before it is searched, but for how levels are balanced.
        needs_folder: Whether the data lie in a folder that the user names.
        is_nested: Whether the labels follow the tree. Where they do not, what sums or decodes along it has
            nothing to go by, and is not judged.
        methods: What is compared.
    """

    name: str
    title: str
    data: Mapping[str, Any]
    epochs: float
    num_seeds: int
    num_trials: int
    recipe: str = "quick"
    needs_folder: bool = False
    is_nested: bool = True
    methods: tuple[Method, ...] = field(default=METHODS, repr=False)


# Of whole CIFAR-100 an epoch would do: fewer images, and each of them four times.
_CIFAR = {"data": "cifar100", "limit": 15_000}
# A trunk for each of five levels would cost five times, and every method's search with it.
_NO_SEPARATE_TRUNKS = tuple(
    method
    for method in METHODS
    if method.architecture not in SEPARATE and method.name != twin_of("independent")
)

PIECES = (
    Piece(
        "shapes-related",
        "Shapes whose levels are related",
        {"data": "shapes", "data_option": {"relatedness": 1.0}},
        epochs=8,
        num_seeds=5,
        num_trials=6,
    ),
    Piece(
        "shapes-unrelated",
        "Shapes whose levels say nothing of each other",
        {"data": "shapes", "data_option": {"relatedness": 0.0}},
        epochs=8,
        num_seeds=5,
        num_trials=6,
        is_nested=False,
    ),
    Piece(
        "fashion",
        "Fashion-MNIST, three levels",
        {"data": "fashion-mnist", "limit": 6000},
        epochs=8,
        num_seeds=5,
        num_trials=6,
    ),
    Piece(
        "cifar100",
        "CIFAR-100, two levels",
        _CIFAR,
        epochs=4,
        num_seeds=3,
        num_trials=6,
        needs_folder=True,
    ),
    Piece(
        "cifar100-tree",
        "CIFAR-100, five levels",
        {**_CIFAR, "taxonomy": "5-level"},
        epochs=4,
        num_seeds=3,
        num_trials=6,
        needs_folder=True,
        methods=_NO_SEPARATE_TRUNKS,
    ),
)


def piece_named(name: str) -> Piece:
    """The piece of a name.

    Raises:
        RequestError: If there is none.

    Example:
        >>> piece_named("fashion").num_seeds
        5
    """
    for piece in PIECES:
        if piece.name == name:
            return piece
    names = ", ".join(each.name for each in PIECES)
    raise RequestError.expected(Parameter("piece"), f"page, or one of {names}", name, "Name one of these.")
