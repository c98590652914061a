"""`taskgraft adapt`: goes on from a trained model whose tree has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from taskgraft.cli import options
from taskgraft.cli.taking import Given, takes
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.printing import say, say_json
from taskgraft.request import CompareOptions, DataOptions

if TYPE_CHECKING:
    from taskgraft.adaptation import Adapted
    from taskgraft.statistics import Interval

_MOST_NAMED = 6
_THE_MODELS = ("architectures", "vary", "trunk", "trunk_weights", "match", "forks")


@takes(CompareOptions)
def adapt(
    given: Given,
    model: options.ModelPlace,
    variant: options.Variant = None,
    seed: options.Seed = None,
    renames: options.Rename = None,
    as_json: options.Json = False,
) -> None:
    """Train a model further on data whose classes were added, renamed, moved, split or merged.

    MODEL is a study, one of its runs or a model.safetensors. Weights of classes that it had are kept, by the
    path of their names. At the end old and new model are compared on the test images of the old classes.
    """
    chosen = CompareOptions.of(given)
    for name in _THE_MODELS:
        if name in given:
            raise RequestError.expected(Parameter(name), "left out", given[name], "It is the model's.")
    if "data" not in given:
        raise RequestError.expected(
            Parameter("data"), "given", Phrase("none"), "Name the data with the new tree."
        )
    from taskgraft.adaptation import adapt as go_on
    from taskgraft.data.sources import load
    from taskgraft.models import load_model

    preprocessing = load_model(model, variant=variant, seed=seed).description.preprocessing
    as_the_model = {} if chosen.is_named else {"size": preprocessing.height, "fit": preprocessing.fit}
    wanted = {name: value for name, value in as_the_model.items() if value is not None}
    data = load(**{**wanted, **chosen.for_load()})
    rest = {name: value for name, value in given.items() if name not in DataOptions.model_fields}
    adapted = go_on(model, data, renames=renames, variant=variant, seed=seed, **rest)
    if as_json:
        kept = {"directory": str(adapted.study.directory), **asdict(adapted.kept)}
        say_json({**kept, "retired": adapted.correspondence.retired, "added": adapted.correspondence.added})
        return
    say(*_lines(adapted))


def _lines(adapted: Adapted) -> Iterator[str]:
    """What became of the classes, and whether the old ones suffered."""
    kept, classes = adapted.kept, adapted.correspondence
    for what, paths in {"New": classes.added, "Retired": classes.retired}.items():
        if paths:
            more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
            yield f"{what}: {', '.join(' > '.join(path) for path in paths[:_MOST_NAMED])}{more}"
    yield ""
    yield f"Accuracy on the {kept.num_old_images:,} test images of old classes, per cent (95 % interval):"
    yield ""
    width = max(map(len, kept.older), default=0)
    yield f"{'':<{width}}  {'before':>20}  {'after':>20}  {'difference':>20}"
    for name, older in kept.older.items():
        cells = (older, kept.newer[name], kept.difference[name])
        yield f"{name:<{width}}  " + "  ".join(f"{_shown(each):>20}" for each in cells)
    if kept.on_new:
        yield ""
        scores = ", ".join(f"{name} {_shown(each)}" for name, each in kept.on_new.items())
        yield f"On the {kept.num_new_images:,} images of new classes: {scores}"
    yield ""
    yield f"Study: {adapted.study.directory}"


def _shown(interval: Interval) -> str:
    low, high = 100 * interval.low, 100 * interval.high
    return f"{100 * interval.estimate:.1f} ({low:.1f} to {high:.1f})"
