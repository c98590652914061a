"""Predictions as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from taskgraft.inference import Node, Origin, Prediction, Predictions
from taskgraft.legible import one_line

_LONGEST_NAME = 40


def prediction_lines(
    predictions: Predictions, origin: Origin, target_accuracy: float | None
) -> Iterator[str]:
    """A line a picture, its further paths below it; at the end, how far down answers go and why.

    Args:
        predictions: Of at least one picture, or none.
        origin: Of the model.
        target_accuracy: What was demanded; None for nothing.
    """
    names = [shortened(name) for name in predictions.names]
    width = max(map(len, names), default=0)
    for name, prediction in zip(names, predictions, strict=True):
        yield f"{name:<{width}}  {_answer(prediction, is_cut=target_accuracy is not None)}".rstrip()
        for path in prediction.alternatives:
            yield f"{'':<{width}}  {path[-1].prob:7.1%}  {_joined(path, is_with_probs=False)}"
    if target_accuracy is not None and predictions.threshold is not None:
        yield ""
        yield (
            f"Sure down to where a class has a certainty of {predictions.threshold:.3f} or more: then "
            f"{target_accuracy:.1%} of the answers are right, as validation images promise."
        )
    seed = "" if origin.seed is None else f", seed {origin.seed}"
    yield ""
    yield f"Model: {origin.variant}{seed}" + (f" of {origin.study}" if origin.study else "")


def shortened(name: str) -> str:
    """A name as a column holds it: of a long path the end says most."""
    name = one_line(name)
    return name if len(name) <= _LONGEST_NAME else f"...{name[3 - _LONGEST_NAME :]}"


def _answer(prediction: Prediction, *, is_cut: bool) -> str:
    if not is_cut:
        return _joined(prediction.path)
    sure, rest = prediction.sure, prediction.path[prediction.depth :]
    if not sure:
        return f"not sure of anything (perhaps {_joined(rest)})"
    return _joined(sure) + (f"  (perhaps {_joined(rest)})" if rest else "")


def _joined(path: tuple[Node, ...], *, is_with_probs: bool = True) -> str:
    """The classes from the root on; a class that ends early and stands for itself further down, once."""
    classes = [(name, next(iter(nodes))) for name, nodes in groupby(path, key=lambda node: node.name)]
    return " > ".join(
        one_line(f"{name} {node.prob:.0%}" if is_with_probs else name) for name, node in classes
    )
