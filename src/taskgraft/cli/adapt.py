"""`taskgraft adapt`: goes on from a trained model whose tree has changed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taskgraft.cli import options
from taskgraft.cli.spelling import on_command_line
from taskgraft.cli.taking import Given, takes
from taskgraft.errors import Phrase, RequestError
from taskgraft.legible import shell_line
from taskgraft.parameter import Parameter
from taskgraft.printing import note_paragraph, say, say_block, say_json
from taskgraft.recipe import RECIPES
from taskgraft.request import CompareOptions, DataOptions

if TYPE_CHECKING:
    from taskgraft.adaptation import Adaptation
    from taskgraft.data import Dataset

_MOST_LINES = 3
_THE_MODELS = ("architectures", "vary", "trunk", "trunk_weights", "match", "match_to", "forks")
_OTHERWISE: Mapping[str, Mapping[str, Any]] = {
    "data": {"default": "none: it is needed"},
    "size": {"default": "the model's, of pictures"},
    "fit": {"default": "the model's"},
    "recipe": {
        "help": f"Recipe, but for the network: {', '.join(RECIPES)}; or a .toml file.",
        "default": "that of the model's study; quick for a model by itself",
        "words": tuple(RECIPES),
    },
}


@takes(CompareOptions, hidden=_THE_MODELS, otherwise=_OTHERWISE)
def adapt(
    given: Given,
    model: options.ModelPlace,
    variant: options.Variant = None,
    seed: options.Seed = None,
    renames: options.Rename = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train a model further on data whose classes were added, renamed, moved, split or merged.

    MODEL is a study, one of its runs or a model.safetensors. Weights of classes that it had are kept, by the
    path of their names. At the end old and new model are compared on the test images of the old classes.
    """
    for name in _THE_MODELS:
        if name in given:
            raise RequestError.expected(Parameter(name), "left out", given[name], "It is the model's.")
    chosen = CompareOptions.of(given)
    if "data" not in given:
        raise RequestError.expected(
            Parameter("data"), "given", Phrase("none"), "Name the data with the new tree."
        )
    from taskgraft.adaptation import plan_adaptation, run_adaptation
    from taskgraft.execution import plan_caution, progress_for
    from taskgraft.report import adaptation_text

    adaptation = plan_adaptation(
        model,
        _data(chosen, model, variant, seed),
        renames=renames,
        variant=variant,
        seed=seed,
        **_rest(given),
    )
    plan = adaptation.plan
    caution = plan_caution(plan)
    if dry_run:
        _say_plan(adaptation, caution, as_json=as_json)
        return
    if caution and plan.todo:
        note_paragraph(caution)
    command = shell_line(["taskgraft", *sys.argv[1:]])
    adapted = run_adaptation(adaptation, progress_for(plan.request, spelling=on_command_line), command)
    directory = str(adapted.study.directory)
    if as_json:
        say_json({"directory": directory, **adapted.record.model_dump(exclude={"format"})})
        return
    say_block(adaptation_text(adapted.record))
    say("", f"Study: {directory}")


def _data(chosen: CompareOptions, model: str, variant: str | None, seed: int | None) -> Dataset:
    """The data, in the size and fit of the model where it is not one that makes its images."""
    from taskgraft.data.sources import load
    from taskgraft.models import load_model

    preprocessing = load_model(model, variant=variant, seed=seed).description.preprocessing
    as_the_model = {} if chosen.is_named else {"size": preprocessing.height, "fit": preprocessing.fit}
    wanted = {name: value for name, value in as_the_model.items() if value is not None}
    return load(**{**wanted, **chosen.for_load()})


def _rest(given: Given) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in DataOptions.model_fields}


def _say_plan(adaptation: Adaptation, caution: str | None, *, as_json: bool) -> None:
    """What would be trained, and what becomes of the classes."""
    from taskgraft.cli.plan_text import plan_json, plan_lines
    from taskgraft.execution import Forecast
    from taskgraft.report import class_changes, wrapped

    classes, plan = adaptation.correspondence, adaptation.plan
    seconds = Forecast(plan).of_runs(plan.todo)
    if as_json:
        changes = {"added": classes.added, "retired": classes.retired, "renamed": [*classes.renamed.items()]}
        say_json({**plan_json(plan, seconds), **changes})
        return
    for change in class_changes(classes.added, classes.retired, [*classes.renamed.items()]):
        say(*wrapped(change, _MOST_LINES))
    say("", *plan_lines(plan, (caution,) if caution else (), seconds))
