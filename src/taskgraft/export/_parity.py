"""Whether a file does what its model does: on pictures, and in batches of odd sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.export._names import CERTAINTY, DEPTH, PATH, outputs_of
from taskgraft.export._program import ExportError
from taskgraft.export._target import Outputs, Pixels, Runtime
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.inference import Model, predict, prediction_batch
from taskgraft.scores import depths_at
from taskgraft.taxonomy import IntArray

BATCHES = (1, 2, 257)
_MORE_THAN_AT_ONCE = 7
TOLERANCE = 1e-4

_F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)

Logits = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Parity:
    """What was checked, and seen.

    Attributes:
        num_pictures: Different pictures.
        batches: Sizes of the batches that they came in.
        largest_difference: Between a logit of the file and the model's in f32.
        num_changed: Pictures whose path or depth is another than the model's in f32.
        num_tied: Pictures whose decision would be another if their logits moved by the tolerance: of the
            file's two ways to round, each is right.
        path: What the file decided, int64 (N, L).
        depth: To how many levels it was sure, int64 (N,).
        model_path: What the model decides in f32.
    """

    num_pictures: int
    batches: tuple[int, ...]
    largest_difference: float
    num_changed: int
    num_tied: int
    path: IntArray
    depth: IntArray
    model_path: IntArray


def check_parity(
    run: Runtime, model: Model, threshold: float | None, pixels: Pixels, *, is_exact: bool
) -> Parity:
    """Runs a file beside its model.

    The file's decisions have to be those that the model makes of the file's logits. In f32 its logits have to
    be the model's, too, and so the decisions.

    Args:
        run: The file.
        model: What it was made of.
        threshold: That of the file.
        pixels: Of N pictures, uint8 (N, C, H, W).
        is_exact: Whether the file computes in f32.

    Raises:
        ExportError: If the file does something else.
    """
    batches = _batches(model.image_shape)
    # The largest batch needs as many; a picture may come twice.
    repeated = pixels[np.arange(max(len(pixels), *batches)) % len(pixels)]
    expected = _logits_on(_F32, model, repeated)
    outputs = _in_batches(run, repeated, max(batches))
    logits = _checked_logits(outputs, model, len(repeated))
    difference = _largest_difference(logits, expected)
    # What is rounded otherwise has no bound of ours, but a batch's size moves no logit further than that.
    allowed = TOLERANCE if is_exact else 2 * difference + TOLERANCE
    _check_logits(difference, allowed)
    for size in batches[:-1]:
        of_batch = _checked_logits(_in_batches(run, repeated[:size], size), model, size)
        _check_logits(_largest_difference(of_batch, [level[:size] for level in expected]), allowed)
    num_tied = _check_answers(outputs, model, threshold)
    path, depth = _answers(model, expected, threshold)
    is_other = (outputs[PATH] != path).any(axis=1) | (outputs[DEPTH] != depth)
    kept = slice(len(pixels))
    return Parity(
        num_pictures=len(pixels),
        batches=batches,
        largest_difference=difference,
        num_changed=int(is_other[kept].sum()),
        num_tied=num_tied,
        path=outputs[PATH][kept].astype(np.int64),
        depth=outputs[DEPTH][kept].astype(np.int64),
        model_path=path[kept],
    )


def _batches(image_shape: tuple[int, int, int]) -> tuple[int, ...]:
    """`BATCHES`, of which the last is smaller for images so large that fewer are predicted at once."""
    return (*BATCHES[:-1], min(BATCHES[-1], prediction_batch(image_shape) + _MORE_THAN_AT_ONCE))


def num_other_here(parity: Parity, model: Model, threshold: float | None, pixels: Pixels) -> int | None:
    """Of how many pictures the model says something else than the file, in the fastest precision here.

    None where that is f32 on the CPU, as in the check.
    """
    hardware = choose_hardware()
    if hardware.device == "cpu" and hardware.precision == "f32":
        return None
    path, depth = _answers(model, _logits_on(hardware, model, pixels), threshold)
    return int(((parity.path != path).any(axis=1) | (parity.depth != depth)).sum())


def _answers(model: Model, logits: Logits, threshold: float | None) -> tuple[IntArray, IntArray]:
    """Paths and depths that logits mean."""
    answers = model.answers_of(logits)
    return answers.preds, depths_at(answers.certainties, threshold or 0.0)


def _logits_on(hardware: Hardware, model: Model, pixels: Pixels) -> Logits:
    size = prediction_batch(model.image_shape)
    starts = range(0, len(pixels), size)
    return predict(model.on(hardware), (pixels[start : start + size] for start in starts))


def _in_batches(run: Runtime, pixels: Pixels, size: int) -> Outputs:
    parts = [run(np.ascontiguousarray(pixels[start : start + size])) for start in range(0, len(pixels), size)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _checked_logits(outputs: Outputs, model: Model, num_images: int) -> Logits:
    """The logits of a file whose outputs have the names, shapes and types that they have to have."""
    taxonomy = model.taxonomy
    levels = outputs_of(taxonomy.level_names)
    wanted: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {
        PATH: ((num_images, taxonomy.num_levels), np.dtype(np.int64)),
        DEPTH: ((num_images,), np.dtype(np.int64)),
        CERTAINTY: ((num_images, taxonomy.num_levels), np.dtype(np.float32)),
    }
    for names, width in zip(levels, taxonomy.num_classes, strict=True):
        for name in (names.logits, names.probs, names.node_probs):
            wanted[name] = ((num_images, width), np.dtype(np.float32))
    got = {name: (values.shape, values.dtype) for name, values in outputs.items()}
    for name in {**wanted, **got}:
        if got.get(name) != wanted.get(name):
            raise _broken(f"the output {name!r}", f"{wanted.get(name)}", f"{got.get(name)}")
    if (outputs[PATH] < 0).any() or (outputs[PATH] >= taxonomy.num_classes).any():
        raise _broken("the file's decisions", "classes of the taxonomy", "other numbers")
    return [outputs[names.logits].astype(np.float32) for names in levels]


def _largest_difference(logits: Sequence[npt.NDArray[np.float32]], expected: Logits) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(logits, expected, strict=True))


def _check_logits(difference: float, allowed: float) -> None:
    # Written so that what is no number fails, too.
    if not difference <= allowed < np.inf:
        raise _broken("the file's logits", f"the model's within {allowed:.1g}", f"{difference:.2g} off")


def _check_answers(outputs: Outputs, model: Model, threshold: float | None) -> int:
    """Probabilities and decisions follow from the file's own logits; gives how many decisions were ties."""
    levels = outputs_of(model.taxonomy.level_names)
    logits = [outputs[names.logits].astype(np.float32) for names in levels]
    answers = model.answers_of(logits)
    path, depth = answers.preds, depths_at(answers.certainties, threshold or 0.0)
    for names, probs, node in zip(levels, model.probs_of(logits), answers.probs, strict=True):
        _check_alike(names.probs, outputs[names.probs], probs)
        _check_alike(names.node_probs, outputs[names.node_probs], node)
    is_same = (outputs[PATH] == path).all(axis=1)
    _check_alike(CERTAINTY, outputs[CERTAINTY][is_same], answers.certainties[is_same])
    is_other = (outputs[PATH] != path).any(axis=1) | (outputs[DEPTH] != depth)
    places = np.flatnonzero(is_other)
    if len(places) and not _are_ties([level[places] for level in logits], outputs, places, model, threshold):
        raise _broken(
            "the file's decisions", "those of the model", f"others on {len(places):,} of {len(path):,}"
        )
    return len(places)


def _check_alike(name: str, values: IntArray, expected: npt.NDArray[np.float64]) -> None:
    difference = float(np.abs(values - expected).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise _broken(f"{name} of the file", "what its logits give", f"{difference:.2g} off")


def _are_ties(
    logits: Logits, outputs: Outputs, places: IntArray, model: Model, threshold: float | None
) -> bool:
    """Whether logits moved by the tolerance, towards the file's paths and away, give its answers."""
    path, depth = outputs[PATH][places], outputs[DEPTH][places]
    favoured, deeper = _moved(logits, path, TOLERANCE, model, threshold)
    _, shallower = _moved(logits, path, -TOLERANCE, model, threshold)
    return bool((favoured == path).all() and (shallower <= depth).all() and (depth <= deeper).all())


def _moved(
    logits: Logits, path: IntArray, step: float, model: Model, threshold: float | None
) -> tuple[IntArray, IntArray]:
    rows = np.arange(len(path))
    moved = [level.copy() for level in logits]
    for place, level in enumerate(moved):
        level[rows, path[:, place]] += np.float32(step)
    return _answers(model, moved, threshold)


def _broken(what: str, rule: str, got: str) -> ExportError:
    return ExportError.expected(what, rule, got, "No file was written. Export to another target.")
