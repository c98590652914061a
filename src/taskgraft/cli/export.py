"""`taskgraft export`: a trained model as one file for another runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskgraft.cli import options
from taskgraft.printing import note, say, say_json

if TYPE_CHECKING:
    from taskgraft.export import LabelledPictures
    from taskgraft.taxonomy import Taxonomy


def export(
    context: typer.Context,
    model: options.ModelPlace,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The file: NAME.onnx, NAME.pt2 or NAME.xml.", show_default=False),
    ],
    to: Annotated[
        str | None,
        typer.Option(
            metavar="onnx|torch|openvino", help="For which runtime; as the file's name ends unless given."
        ),
    ] = None,
    precision: Annotated[
        str, typer.Option(metavar="f32|bf16|int8", help="Of weights or layers; decisions stay exact.")
    ] = "f32",
    target_accuracy: options.TargetAccuracy = None,
    confidence: options.Confidence = None,
    variant: options.Variant = None,
    seed: options.Seed = None,
    pictures: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PICTURES",
            help="Picture, folder or table to check the file on. [default: the study's val pictures]",
        ),
    ] = None,
    calibration: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PICTURES",
            help="int8: where ranges of activations are taken from. [default: the study's val pictures]",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Write a trained model as one file that needs nothing of taskgraft.

    MODEL is a study, one of its runs or a model.safetensors. The file takes uint8 pixels in batches of any
    size and gives, under names, logits and calibrated probabilities of each level, the path and how far down
    it is sure. It is run beside the model before it is written: where it does something else, none is written
    and the exit code is 1.
    """
    promised = options.chosen_confidence(confidence, target_accuracy)
    from taskgraft.cli.export_text import export_lines, exported_dict
    from taskgraft.export import check_request
    from taskgraft.export import export as write_export
    from taskgraft.models import load_model

    check_request(out, to, precision)
    loaded = load_model(model, variant=variant, seed=seed)
    is_int8 = precision == "int8"
    val = None
    if not pictures or (is_int8 and not calibration):
        val = _validation_pictures(model, loaded.taxonomy, context.find_root().command, is_int8=is_int8)
    written = write_export(
        loaded,
        out,
        to=to,
        precision=precision,
        target_accuracy=target_accuracy,
        confidence=promised,
        **_pictures(pictures, calibration, val, is_int8=is_int8),
    )
    if as_json:
        say_json(exported_dict(written))
    else:
        say(*export_lines(written, loaded, target_accuracy, promised))


def _pictures(
    pictures: list[str] | None,
    calibration: list[str] | None,
    val: LabelledPictures | None,
    *,
    is_int8: bool,
) -> dict[str, Any]:
    """What the file is checked on and, in int8, calibrated on; validation pictures where none are named."""
    from taskgraft.cli.picture_arguments import pictures_of

    checked: Any = pictures_of(pictures, None) if pictures else None
    ranges: Any = pictures_of(calibration, None) if calibration else val
    if is_int8:
        # Where none are named to be checked, those that give no ranges are.
        return {"pictures": checked, "calibration": ranges}
    return {"pictures": val if checked is None else checked}


def _validation_pictures(
    model: str, taxonomy: Taxonomy, command: Any, *, is_int8: bool
) -> LabelledPictures | None:
    from taskgraft.cli.study_data import study_data
    from taskgraft.export import LabelledPictures

    data = study_data(model, command)
    if data is None or not data.num_images["val"]:
        if not is_int8:  # which is checked on no drawn ones
            note(
                "taskgraft: the study's validation pictures are not at hand: the file is checked on drawn "
                "ones. --pictures names others."
            )
        return None
    places = data.indices["val"]
    title = f"validation pictures of {data.provenance.source}"
    # A model that was remapped since has other classes than the study's labels.
    labels = data.labels_of("val") if data.taxonomy == taxonomy else None
    return LabelledPictures(data.images[places], title, labels)
