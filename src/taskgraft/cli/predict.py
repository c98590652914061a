"""`taskgraft predict`: what a trained model says of pictures, and how far down it is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.cli import options
from taskgraft.errors import DataError, Phrase, RequestError
from taskgraft.printing import note, say, say_json, say_table

if TYPE_CHECKING:
    from taskgraft.inference import Model, Predictions


def predict(
    model: options.ModelPlace,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Pictures, folders or tables of them; - for paths on standard input."
        ),
    ],
    variant: options.Variant = None,
    seed: options.Seed = None,
    target_accuracy: options.TargetAccuracy = None,
    top: Annotated[
        int, typer.Option(min=1, metavar="K", help="List the K most probable paths.", show_default=True)
    ] = 1,
    image_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of a table that holds the paths.")
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV, a line a picture.", rich_help_panel="Output")
    ] = False,
    as_jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Print a line of JSON for each picture.", rich_help_panel="Output"),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Say what pictures show, at every level of the tree, and how far down that is sure.

    MODEL is a study, one of its runs or a model.safetensors. A picture that cannot be read is named on
    standard error; the others are predicted, and the exit code is 1.
    """
    if sum((as_csv, as_jsonl, as_json)) > 1:
        raise RequestError.expected(
            "the output", "one of --csv, --jsonl and --json", "several", "Choose one."
        )
    from taskgraft.cli.picture_arguments import pictures_of
    from taskgraft.cli.prediction_text import prediction_lines
    from taskgraft.models import load_model

    loaded = load_model(model, variant=variant, seed=seed)
    predictions = loaded.predict(
        pictures_of(pictures, image_column),
        target_accuracy=target_accuracy,
        num_alternatives=top if top > 1 else 0,
    )
    if as_json:
        say_json({"model": _about(loaded), **predictions.to_dict()})
    elif as_jsonl:
        say(*predictions.as_jsonl())
    elif as_csv:
        say_table(predictions.as_csv())
    else:
        say(*prediction_lines(predictions, loaded.description.origin, target_accuracy))
    _end(predictions)


def _about(model: Model) -> dict[str, object]:
    """Which model it was."""
    return {
        **model.description.origin.model_dump(),
        "decoding": model.description.decoding,
        "taxonomy_digest": model.description.taxonomy.digest,
    }


def _end(predictions: Predictions) -> None:
    if not predictions.bad:
        return
    note(*(f"taskgraft: {each.line}" for each in predictions.bad))
    num_bad = len(predictions.bad)
    raise DataError.expected(
        "every picture",
        "readable",
        Phrase(f"{num_bad:,} of {num_bad + len(predictions):,} that are not"),
        "Mend or leave out those named above.",
    )
