"""`taskgraft evaluate`: what a trained model scores on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.taking import Given, takes
from taskgraft.file_writing import write_bytes
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_block, say_json
from taskgraft.request import DataOptions


@takes(DataOptions, argument="data")
def evaluate(
    given: Given,
    model: options.ModelPlace,
    variant: options.Variant = None,
    seed: options.Seed = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="train|val|test|all",
            help="Which images: test unless given, or all where the data bring no test split.",
        ),
    ] = None,
    taxonomy_digest: options.TaxonomyDigest = None,
    target_accuracy: options.TargetAccuracy = None,
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the scores of each class as CSV.", rich_help_panel="Output"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="HTML page. [default: NAME-evaluation.html in this folder]",
            rich_help_panel="Output",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Score a trained model on labelled data: every level, every class, confusions, calibration; with a page.

    MODEL is a study, one of its runs or a model.safetensors. Pictures are loaded in the model's size. Classes
    match by the path of their names; those that the model does not know are named.
    """
    chosen = DataOptions.of(given)
    page = out or Path(f"{chosen.title}-evaluation.html")
    check_file_place("--out", page)
    if csv is not None:
        check_file_place("--csv", csv)
    from taskgraft.evaluation import classes_csv, evaluation_text, plain, write_evaluation
    from taskgraft.evaluation import evaluate as judge

    loading = chosen.for_load()
    evaluation = judge(
        model,
        loading.pop("name"),
        split=split,
        variant=variant,
        seed=seed,
        taxonomy_digest=taxonomy_digest,
        target_accuracies=None if target_accuracy is None else (target_accuracy,),
        **loading,
    )
    write_evaluation(evaluation, page)
    if csv is not None:
        write_bytes(csv, classes_csv(evaluation))
    if as_json:
        say_json({**plain(evaluation), "page": str(page)})
        return
    say_block(evaluation_text(evaluation))
    say("", f"Page: {page}")
