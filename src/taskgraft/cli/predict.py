"""`taskgraft predict`: what a trained model says of pictures, and how far down it is sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.out_file import STANDARD_OUTPUT, out_file
from taskgraft.cli.taking import completion
from taskgraft.errors import RequestError
from taskgraft.printing import say

if TYPE_CHECKING:
    from taskgraft.inference import Model, Predictions
    from taskgraft.pictures import NamedPicture


def predict(
    model: options.ModelPlace,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE", help="Pictures, folders or tables of them; - for paths on standard input."
        ),
    ],
    variant: options.Variant = None,
    seed: options.Seed = None,
    taxonomy_digest: options.TaxonomyDigest = None,
    target_accuracy: options.TargetAccuracy = None,
    confidence: options.Confidence = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="f32|bf16",
            help="What layers compute in; what is fastest here unless given.",
            autocompletion=completion(("f32", "bf16")),
        ),
    ] = None,
    num_alternatives: Annotated[
        int, typer.Option("--top", min=1, metavar="K", help="List the K most probable paths.")
    ] = 1,
    image_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column of a table that holds the paths.")
    ] = None,
    data_dir: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="What paths in a table are relative to; its folder unless given."),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV, a line a picture.", rich_help_panel="Output")
    ] = False,
    as_jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="Print a line of JSON for each picture.", rich_help_panel="Output"),
    ] = False,
    as_json: options.Json = False,
    out: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Write a .csv, .jsonl or .json, completely or not at all.",
            rich_help_panel="Output",
            show_default=False,
        ),
    ] = STANDARD_OUTPUT,
) -> None:
    """Say what pictures show, at every level of the tree, and how far down that is sure.

    MODEL is a study, one of its runs or a model.safetensors. A picture that cannot be read is named on
    standard error; the others are predicted, and the exit code is 1.
    """
    path = out_file(out)
    form = _form({"csv": as_csv, "jsonl": as_jsonl, "json": as_json}, path)
    promise = target_accuracy, options.chosen_confidence(confidence, target_accuracy)
    from taskgraft.cli.picture_arguments import pictures_of
    from taskgraft.cli.prediction_output import Outcome, say_predictions, write_predictions
    from taskgraft.models import load_model

    loaded = load_model(model, variant=variant, seed=seed, taxonomy_digest=taxonomy_digest)
    if precision is not None:
        loaded = loaded.in_precision(precision)
    chosen, outcome = pictures_of(pictures, image_column, data_dir), Outcome()
    parts = outcome.seen(_predicted(loaded, chosen, promise, num_alternatives))
    if form is None:
        say_predictions(parts, chosen, loaded, promise)
    else:
        write_predictions(form, parts, loaded, path)
    if path is not None:
        say(f"Wrote {outcome.num_good:,} predictions: {out}")
    outcome.check()


def _predicted(
    model: Model, pictures: Sequence[NamedPicture], promise: tuple[float | None, float], num_paths: int
) -> Iterator[Predictions]:
    """Predictions of all pictures, with as many paths each; the most probable one stands by itself."""
    target_accuracy, confidence = promise
    return model.predict_batches(
        pictures,
        target_accuracy=target_accuracy,
        confidence=confidence,
        num_alternatives=num_paths if num_paths > 1 else 0,
    )


def _form(wanted: Mapping[str, bool], path: Path | None) -> str | None:
    """The format of the output; None for a table for people."""
    chosen = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(chosen) > 1:
        raise RequestError.expected(
            "the output", f"one of {', '.join(f'--{form}' for form in wanted)}", "several", "Choose one."
        )
    if chosen or path is None:
        return chosen[0] if chosen else None
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in wanted:
        raise RequestError.expected(
            "--out", "a .csv, .jsonl or .json", path.name, "Rename it, or add --csv, --jsonl or --json."
        )
    return suffix
