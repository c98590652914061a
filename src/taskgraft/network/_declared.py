"""What modules say of their weights: how they begin, under which key, in which part and optimizer group.

Nothing looks at a module's type or path to find that out, so a layer that is renamed keeps its first weights,
and a weight that nobody spoke for is an error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar, get_args

import torch
from torch import nn

from taskgraft.errors import ArchitectureError, Phrase

Group = Literal["hidden", "matrix", "plain"]
Part = Literal["heads", "trunk"]

_NAME, _PART = "declaration", "part"
_M = TypeVar("_M", bound=nn.Module)


class Init(Protocol):
    """Gives a module its first weights, in place, drawn from a stream of random numbers."""

    def __call__(self, module: nn.Module, stream: torch.Generator) -> None:
        """Fills every weight of the module."""


class InitOfParts(ABC):
    """An `Init` of modules that are parts of one larger module, which is begun once for all of them."""

    @abstractmethod
    def begin(self, stream: torch.Generator) -> nn.Module:
        """The larger module with its first weights, drawn from a stream of random numbers."""

    @abstractmethod
    def fill(self, module: nn.Module, larger: nn.Module) -> None:
        """Gives one part the weights that it has in the larger module, in place."""

    def __call__(self, module: nn.Module, stream: torch.Generator) -> None:
        """Fills every weight of the module."""
        self.fill(module, self.begin(stream))


@dataclass(frozen=True)
class Declaration:
    """What one module says of all weights within it; see `declare`."""

    group: Group
    init: Init | None = None
    key: str = ""
    slot: int = 0
    part: Part = "heads"


def declare(module: _M, group: Group, *, init: Init | None = None, key: str = "", slot: int = 0) -> _M:
    """Says how a module's weights begin and are moved, those of the modules within it included.

    Args:
        module: What is declared; it is returned.
        group: Of its weights of two axes or more: `hidden` (a batch norm stands behind them: Muon turns them,
            SGD draws them towards zero), `matrix` (SGD draws them towards zero) or `plain` (neither). Weights
            of one axis, such as biases, are plain in any case.
        init: Draws the first weights; None keeps those it was built with: torch's
            stream of random numbers is the seed's while a network is built.
        key: Names the stream that `init` draws from. One seed and one key give the same weights in every
            network, so lanes of one trunk have the same keys; within one lane all keys differ.
        slot: Which part it is of what `init` (an `InitOfParts`) begins: parts have one key.

    Raises:
        ArchitectureError: If the group is unknown, or weights are drawn without a key.

    Example:
        >>> from taskgraft.network import lecun_uniform
        >>> dense = declare(nn.Linear(4, 2), "hidden", init=lecun_uniform, key="mine.dense")
        >>> [(name, declaration.key) for name, _, declaration in declared(nn.Sequential(dense))]
        [('0', 'mine.dense')]
    """
    if group not in get_args(Group):
        raise ArchitectureError.expected(
            f"the optimizer group of {type(module).__name__}",
            "one of " + ", ".join(get_args(Group)),
            group,
            "Say how its weights are moved.",
        )
    if init is not None and not key:
        raise ArchitectureError.expected(
            f"the key of {type(module).__name__}",
            "a name for the stream of its first weights",
            key,
            "Name it after the layer, such as 'trunk.mine'.",
        )
    vars(module)[_NAME] = Declaration(group, init, key, slot)
    return module


def as_trunk(module: _M) -> _M:
    """Says that all weights within a module are a trunk's, which may begin trained; all others are heads.

    A recipe may move the trunk at another rate than the heads, or leave it as it is for a while.

    Example:
        >>> trunk, head = (declare(nn.Linear(2, 2), "matrix") for _ in range(2))
        >>> [declaration.part for _, _, declaration in declared(nn.Sequential(as_trunk(trunk), head))]
        ['trunk', 'heads']
    """
    vars(module)[_PART] = "trunk"
    return module


def begin_apart(module: nn.Module, place: int) -> None:
    """Has a copy of a trunk's layers begin with other weights than the first copy, where they are drawn.

    Args:
        module: Some of its layers; all modules within have declared their weights.
        place: Which copy it is; 0 keeps the weights that all lanes begin with.
    """
    for _, part, declaration in declared(module) if place else ():
        vars(part)[_NAME] = replace(declaration, key=declaration.key and f"{declaration.key}@{place}")


def declared(
    module: nn.Module, name: str = "", part: Part = "heads"
) -> Iterator[tuple[str, nn.Module, Declaration]]:
    """Every declared module within a module, with its path and what it declared.

    Args:
        module: Any.
        name: Its path.
        part: The part that what holds it is.

    Raises:
        ArchitectureError: If a module holds weights that nobody declared, or a declared one holds another.
    """
    part = vars(module).get(_PART, part)
    declaration = vars(module).get(_NAME)
    if declaration is not None:
        _check_speaks_alone(name, module)
        yield name, module, replace(declaration, part=part)
        return
    held = [each for each, _ in module.named_parameters(recurse=False)]
    if held:
        raise ArchitectureError.expected(
            f"every weight of {type(module).__name__} at {name or 'the top'}",
            "declared",
            Phrase("nothing said of " + ", ".join(held)),
            "Call taskgraft.network.declare on the module where it is built.",
        )
    for child_name, child in module.named_children():
        yield from declared(child, f"{name}.{child_name}" if name else child_name, part)


def _check_speaks_alone(name: str, module: nn.Module) -> None:
    """Refuses a declared module within a declared one: which moves its weights nobody could see."""
    for inner_name, inner in module.named_modules():
        if inner is not module and _NAME in vars(inner):
            raise ArchitectureError.expected(
                f"{type(inner).__name__} at {inner_name} of {type(module).__name__} {name}".rstrip(),
                "declared once",
                Phrase("a second declaration within that of the outer one"),
                "Declare the parts, or what holds them, but not both.",
            )


def parameter_groups(module: nn.Module) -> dict[tuple[Part, Group], list[nn.Parameter]]:
    """The trainable weights of each part and optimizer group, in the order of the modules.

    Example:
        >>> dense = declare(nn.Linear(4, 2), "matrix")
        >>> {group: [tuple(p.shape) for p in weights] for group, weights in parameter_groups(dense).items()}
        {('heads', 'matrix'): [(2, 4)], ('heads', 'plain'): [(2,)]}
    """
    groups: dict[tuple[Part, Group], list[nn.Parameter]] = {
        (part, group): [] for part in get_args(Part) for group in get_args(Group)
    }
    for _, each, declaration in declared(module):
        for weight in each.parameters():
            if weight.requires_grad:
                groups[declaration.part, declaration.group if weight.ndim > 1 else "plain"].append(weight)
    return {place: weights for place, weights in groups.items() if weights}


def check_declared(module: nn.Module) -> None:
    """Refuses a module that holds weights for which nobody spoke.

    Raises:
        ArchitectureError: If there are such weights.
    """
    for _ in declared(module):
        pass


def check_keys(modules: Sequence[nn.Module]) -> None:
    """Refuses modules of which two would begin with the same weights.

    Raises:
        ArchitectureError: If a key stands twice.
    """
    seen: dict[tuple[str, int], str] = {}
    for module in modules:
        for name, part, declaration in declared(module):
            layer = f"{type(part).__name__} {name}".strip()
            place = declaration.key, declaration.slot
            if place in seen:
                raise ArchitectureError.expected(
                    f"the key of {layer}",
                    f"another than that of {seen[place]}",
                    declaration.key,
                    "Give every layer of a lane another key.",
                )
            if declaration.key:
                seen[place] = layer
