"""`taskgraft architectures`: what each architecture looks like and costs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.architecture import CONTROL, EVERY_NAME, Architecture, read_architectures, select
from taskgraft.cli import options
from taskgraft.cli.taking import completion
from taskgraft.errors import RequestError
from taskgraft.printing import say, say_block, say_json, say_title
from taskgraft.recipe import recipe

if TYPE_CHECKING:
    from taskgraft.network import Cost

# Far beyond any dataset, and small enough that no count of weights overflows.
_MOST_CLASSES = 1_000_000
_MOST_LEVELS = 100
_LONGEST_SIDE = 65_536


def architectures(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Which to show. [default: all]",
            autocompletion=completion(EVERY_NAME),
        ),
    ] = None,
    recipe_name: Annotated[
        str, typer.Option("--recipe", metavar="NAME|FILE", help="Whose layers to count.")
    ] = "fast",
    levels: Annotated[
        str, typer.Option(metavar="NAME=K,...", help="Levels and their classes, coarsest first.")
    ] = "coarse=20,fine=100",
    image_shape: Annotated[
        str, typer.Option(metavar="CxHxW", help="Channels, height and width of an image.")
    ] = "3x32x32",
    architecture_file: options.ArchitectureFile = None,
    forks: options.Forks = None,
    as_json: options.Json = False,
) -> None:
    """Draw the architectures, with their parameters and multiply-accumulates (MACs) for an image."""
    from taskgraft.diagrams import text_diagram
    from taskgraft.execution import Selection, divided_for
    from taskgraft.network import cost

    num_classes = _parse_levels(levels)
    shape = _parse_shape(image_shape)
    level_names = tuple(num_classes)
    # A sweep of forks is shown between its two ends, unless more is named.
    wanted = names or (["all"] if forks is None else [CONTROL, "shared"])
    selection = Selection(wanted, file=architecture_file, forks=forks)
    network = divided_for(selection, recipe(recipe_name).network, shape, level_names)
    stages = network.trunk.num_stages
    custom = (
        read_architectures(architecture_file, level_names, stages) if architecture_file is not None else ()
    )
    selected = select(wanted, level_names, stages, custom, forks)
    costs = [cost(each, network, tuple(num_classes.values()), shape) for each in selected]
    pairs = list(zip(selected, costs, strict=True))
    if as_json:
        say_json([_record(each, num_classes, its) for each, its in pairs])
        return
    for i, (each, its) in enumerate(pairs):
        if i:
            say("")
        say_title(each.name)
        say(
            f"{its.num_parameters:,} parameters ({its.num_trainable_parameters:,} trainable), "
            f"{its.macs / 1e6:,.1f} M MACs an image"
        )
        say_block(text_diagram(each, tuple(num_classes.values()), stages))


def _record(architecture: Architecture, num_classes: dict[str, int], its: Cost) -> dict[str, object]:
    return {
        "name": architecture.name,
        "levels": [{"name": name, "num_classes": count} for name, count in num_classes.items()],
        "trunk": architecture.trunk,
        "forks": list(architecture.forks),
        "derived": list(architecture.derived),
        "mixers": [asdict(mixing) for mixing in architecture.mixers],
        "experts": None if architecture.experts is None else asdict(architecture.experts),
        "flows": [asdict(flow) for flow in architecture.flows],
        **asdict(its),
    }


def _parse_levels(text: str) -> dict[str, int]:
    """Reads `coarse=20,fine=100`: names to numbers of classes, coarsest first."""
    num_classes: dict[str, int] = {}
    if text.count(",") >= _MOST_LEVELS:
        raise RequestError.expected(
            "--levels", f"at most {_MOST_LEVELS} levels", text.count(",") + 1, "Name fewer."
        )
    for part in text.split(","):
        name, equals, count = (piece.strip() for piece in part.rpartition("="))
        if not (name and equals):
            raise RequestError.expected(
                "--levels", "NAME=CLASSES for each level", part, "Write it like coarse=20,fine=100."
            )
        if name in num_classes:
            raise RequestError.expected(
                "--levels", "different names", f"{name} twice", "Rename one of the two."
            )
        num_classes[name] = _parse_number(f"the classes of level {name!r}", count, 2, _MOST_CLASSES)
    if list(num_classes.values()) != sorted(num_classes.values()):
        raise RequestError.expected(
            "--levels", "coarsest first, none with fewer classes than the one before", text, "Reorder them."
        )
    return num_classes


def _parse_shape(text: str) -> tuple[int, int, int]:
    """Reads `3x32x32`: channels, height and width."""
    parts = text.lower().split("x")
    if len(parts) != 3:
        raise RequestError.expected("--image-shape", "CHANNELSxHEIGHTxWIDTH", text, "Write it like 3x32x32.")
    part = "each part of --image-shape"
    channels, height, width = (_parse_number(part, side, 1, _LONGEST_SIDE) for side in parts)
    return channels, height, width


def _parse_number(what: str, text: str, least: int, most: int) -> int:
    number = int(text) if text.strip().isdecimal() and len(text) < 20 else -1
    if not least <= number <= most:
        raise RequestError.expected(
            what, f"a whole number from {least} to {most:,}", text, "Write it in digits."
        )
    return number
