"""The graph of a model traced for batches of any size: what every kind of file is made of."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.export import Dim, ExportedProgram

from taskgraft.errors import Phrase, TaskgraftError
from taskgraft.export._graph import ExportGraph
from taskgraft.export._names import PIXELS
from taskgraft.hardware import is_out_of_memory

# Not 1, which a trace takes for a constant.
_EXAMPLE_BATCH = 3
_LONGEST_REASON = 200


class ExportError(TaskgraftError):
    """A model cannot become a file of some kind, or the file does not do what the model does."""


def traced(graph: ExportGraph, image_shape: tuple[int, int, int]) -> ExportedProgram:
    """Traces a graph.

    Args:
        graph: In evaluation mode.
        image_shape: Channels, height and width.

    Raises:
        ExportError: If a part of the network cannot be traced, or computes in operators that torch alone does
            not have.
    """
    example = torch.zeros((_EXAMPLE_BATCH, *image_shape), dtype=torch.uint8)
    with refusing("the network", "one that torch.export can trace"), quietly(), torch.no_grad():
        program = torch.export.export(graph, (example,), dynamic_shapes={PIXELS: {0: Dim("batch")}})
    for node in program.graph.nodes:
        # Where the code stood on the machine that exported is nobody's business.
        node.meta.pop("stack_trace", None)
    foreign = sorted({name for node in program.graph.nodes if (name := _foreign(node.target))})
    if foreign:
        raise ExportError.expected(
            "the network", "made of torch's operators", ", ".join(foreign), "Export another architecture."
        )
    return program


@contextmanager
def refusing(what: str, rule: str) -> Iterator[None]:
    """Makes one line of what a library raises within: of a module that it cannot follow, a missing operator.

    Args:
        what: What it was given.
        rule: What that should have been.

    Raises:
        ExportError: For everything but what the system refuses, and errors that are a line already.
    """
    try:
        yield
    except (TaskgraftError, OSError):
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise ExportError.expected(
            what, rule, Phrase(reason[:_LONGEST_REASON]), "Export to another target, or another architecture."
        ) from error


def _foreign(target: object) -> str | None:
    """The name of an operator that is not torch's."""
    if not isinstance(target, torch._ops.OpOverload) or target.namespace in ("aten", "prims"):
        return None
    return str(target)


@contextmanager
def quietly() -> Iterator[None]:
    """Keeps to itself what exporters remark about the libraries that they use."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
