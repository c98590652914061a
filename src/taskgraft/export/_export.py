"""A trained model as one file that needs nothing of ours, checked against the model before it is written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.export._description import Description, PromiseMade, as_text, describe
from taskgraft.export._onnx_target import OnnxTarget
from taskgraft.export._openvino_target import OpenVinoTarget
from taskgraft.export._parity import Parity, check_parity, num_other_here
from taskgraft.export._pictures import LabelledPictures, made_pictures, pictures_for
from taskgraft.export._program import ExportError, refusing
from taskgraft.export._target import Files, Job, Precision, Target
from taskgraft.export._torch_target import TorchTarget
from taskgraft.file_writing import write_bytes
from taskgraft.inference import Model
from taskgraft.kinds import NAME, NONE, NUMBER, PATH, Kind, check_kinds
from taskgraft.parameter import Parameter
from taskgraft.place import check_file_place
from taskgraft.scores import CONFIDENCE

TARGETS: dict[str, Target] = {
    target.name: target for target in (OnnxTarget(), TorchTarget(), OpenVinoTarget())
}
"""Every kind of file, by its name."""

SIDECAR = ".json"
_MOST_CALIBRATED = 256
_KINDS = {
    "model": Kind(("a trained model",), lambda value: isinstance(value, Model)),
    "out": PATH,
    "to": NAME | NONE,
    "precision": NAME,
    "target_accuracy": NUMBER | NONE,
    "confidence": NUMBER,
}


@dataclass(frozen=True)
class Exported:
    """What was written, and what it was checked on.

    Attributes:
        path: The file.
        sidecar: The JSON file beside it, which says what the file says of itself.
        num_bytes: Of all that is needed to run it.
        seconds: What making it took; the check comes on top.
        precision: Of its weights or layers.
        pictures: On which it was checked, in a few words.
        parity: What was seen.
        num_other_here: Of how many pictures `Model.predict` says something else on this machine, in the
            precision that is fastest here; None where that is f32 on the CPU.
        accuracies: By level, the shares of labelled pictures that the file and the model classify rightly;
            empty in f32 and without labels.
    """

    path: Path
    sidecar: Path
    num_bytes: int
    seconds: float
    precision: Precision
    pictures: str
    parity: Parity
    num_other_here: int | None
    accuracies: dict[str, tuple[float, float]]


def export(
    model: Model,
    out: Path | str,
    *,
    to: str | None = None,
    precision: str = "f32",
    target_accuracy: float | None = None,
    confidence: float = CONFIDENCE,
    pictures: Any = None,
    calibration: Any = None,
) -> Exported:
    """Writes a model as a file for a runtime, with a JSON file beside it, and sees that it does the same.

    Args:
        model: A trained model.
        out: The file. It is complete or does not exist.
        to: `onnx`, `torch` or `openvino`; what the file's name ends with unless given.
        precision: `f32`, `bf16` or `int8`.
        target_accuracy: As in `Model.predict`: `depth` then keeps this promise.
        confidence: With which it does, over draws of the validation images.
        pictures: On which the file is checked: what `Model.predict` takes; drawn ones unless given.
        calibration: In int8, of which the ranges of activations are taken; without them only weights are
            int8. Every other one is left for the check, unless `pictures` are given.

    Raises:
        RequestError: If the target cannot be made in this precision or lacks an extra.
        ExportError: If the network cannot be such a file, or the file does not do what the model does; in
            int8 also if no picture that it is checked on is labelled.
        NotWrittenError: If it cannot be written.

    Example:
        >>> model = tg.load_model("study")  # doctest: +SKIP
        >>> tg.export(model, "model.onnx", target_accuracy=0.95).parity.largest_difference  # doctest: +SKIP
        7.2e-06
    """
    given = {"model": model, "out": out, "to": to, "precision": precision}
    check_kinds({**given, "target_accuracy": target_accuracy, "confidence": confidence}, _KINDS)
    path = Path(out)
    target, chosen = check_request(path, to, precision)
    promise = _promise(model, target_accuracy, confidence)
    ranges, checked = _pictures(model, chosen, pictures, calibration)
    if chosen == "int8":
        _check_labelled(checked)
    description = describe(model, target.name, chosen, promise, tuple(target.packages))
    job = Job(model, chosen, promise.threshold, description, None if ranges is None else ranges.pixels)
    started = time.perf_counter()
    files = target.files(job)
    seconds = time.perf_counter() - started
    parity = _parity(target, files, job, checked)
    _write(path, files, description)
    return Exported(
        path=path,
        sidecar=_beside(path),
        num_bytes=sum(map(len, files.values())),
        seconds=seconds,
        precision=chosen,
        pictures=checked.title,
        parity=parity,
        num_other_here=num_other_here(parity, model, promise.threshold, checked.pixels),
        accuracies={} if chosen == "f32" else _accuracies(parity, checked, model),
    )


def _promise(model: Model, target_accuracy: float | None, confidence: float) -> PromiseMade:
    """What `depth` keeps."""
    threshold = model.threshold(target_accuracy, confidence)
    return PromiseMade(target_accuracy, None if target_accuracy is None else confidence, threshold)


def _write(path: Path, files: Files, description: Description) -> None:
    """Writes the files of an export, the one that is named last."""
    write_bytes(_beside(path), as_text(description).encode())
    for suffix, content in files.items():
        write_bytes(path.with_suffix(suffix), content)


def check_request(out: Path, to: str | None, precision: str) -> tuple[Target, Precision]:
    """The target of a file and its precision, before any work is done for them.

    Raises:
        RequestError: If there are no such ones, they do not go together, the file cannot have its name, or an
            extra is missing.
    """
    target = _target_of(to, out)
    chosen = _precision_of(precision, target)
    for place in (out, _beside(out), *(out.with_suffix(suffix) for suffix in target.suffixes)):
        check_file_place(Parameter("out"), place)
    target.check_installed()
    return target, chosen


def _target_of(to: str | None, path: Path) -> Target:
    by_suffix = {target.suffix: target for target in TARGETS.values()}
    suffixes = ", ".join(by_suffix)
    if to is None:
        if path.suffix.lower() not in by_suffix:
            raise RequestError.expected(
                Parameter("out"), f"a name that ends with one of {suffixes}", str(path), "Rename it."
            )
        return by_suffix[path.suffix.lower()]
    if to not in TARGETS:
        raise unknown_name(Parameter("to"), to, TARGETS)
    target = TARGETS[to]
    if path.suffix.lower() != target.suffix:
        raise RequestError.expected(
            Parameter("out"),
            f"a name that ends with {target.suffix} for {to}",
            str(path),
            f"Rename it, or leave {Parameter('to')} out.",
        )
    return target


def _precision_of(precision: str, target: Target) -> Precision:
    for each in target.precisions:
        if each == precision:
            return each
    if precision in OnnxTarget.precisions:
        raise RequestError.expected(
            f"{Parameter('precision')} for {target.name}",
            f"one of {', '.join(target.precisions)}",
            precision,
            "Export to onnx or openvino in int8.",
        )
    raise unknown_name(Parameter("precision"), precision, target.precisions)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR)


def _pictures(
    model: Model, precision: Precision, pictures: Any, calibration: Any
) -> tuple[LabelledPictures | None, LabelledPictures]:
    """Those that ranges are taken from, and those that the file is checked on."""
    ranges, held_out = None, None
    if precision == "int8" and calibration is not None:
        given = pictures_for(model, calibration)
        ranges, held_out = given.at(slice(0, None, 2)), given.at(slice(1, None, 2))
        held_out = held_out if len(held_out) else given
        ranges = ranges.at_most(_MOST_CALIBRATED)
    if pictures is not None:
        held_out = pictures_for(model, pictures)
    return ranges, (held_out or made_pictures(model.image_shape)).at_most()


def _check_labelled(checked: LabelledPictures) -> None:
    """An int8 file goes nowhere without the points that it loses."""
    if checked.labels is None or (checked.labels < 0).all():
        raise ExportError.expected(
            "the pictures that an int8 file is checked on",
            "labelled, so that its loss in points can be stated",
            Phrase(f"{checked.title}, without labels"),
            f"Name {Parameter('pictures')} in folders called like the classes of a path.",
        )


def _parity(target: Target, files: Files, job: Job, checked: LabelledPictures) -> Parity:
    """Runs the files as whoever has them alone would."""
    with refusing("the file", f"one that {target.name} runs"):
        run, read = target.runtime(files)
        parity = check_parity(run, job.model, job.threshold, checked.pixels, is_exact=job.precision == "f32")
    if read != job.description:
        raise ExportError.expected(
            "the file's metadata", "what was written into it", "something else", "Export to another target."
        )
    return parity


def _accuracies(parity: Parity, checked: LabelledPictures, model: Model) -> dict[str, tuple[float, float]]:
    if checked.labels is None:
        return {}
    accuracies = {}
    for place, name in enumerate(model.taxonomy.level_names):
        labels = checked.labels[:, place]
        is_known = labels >= 0
        if is_known.any():
            right = [
                float((path[is_known, place] == labels[is_known]).mean())
                for path in (parity.path, parity.model_path)
            ]
            accuracies[name] = (right[0], right[1])
    return accuracies
