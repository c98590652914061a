"""What was run, item by item: data, recipe, versions and hardware as terms with values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taskgraft.legible import visible
from taskgraft.recipe import Recipe, differing_values, shown
from taskgraft.scores import about
from taskgraft.study import Request, Study
from taskgraft.verdict import Tuned, count, tuned_variants

_DIGEST_LENGTH = 12
_MOST_SKIPPED = 10
_MOST_VARIED = 8

Fact = tuple[str, str]


def facts(study: Study) -> list[Fact]:
    """What it takes to judge or repeat the study."""
    record = study.record
    request = record.request
    return [
        *_data_facts(study),
        ("Recipe", recipes_in_words(request)),
        *(("Varied", line) for line in _varied(request)),
        ("Search of the recipes", tuning_in_words(tuned_variants(study))),
        ("Seeds", ", ".join(map(str, request.seeds))),
        *_machine_facts(study),
        ("Begun", _moment(record.created)),
        ("Last run finished", _moment(max(run.finished for run in study.runs))),
    ]


def tuning_in_words(tuned: Sequence[Tuned]) -> str:
    """Which variants have recipes that were searched, at what budget; or that none has."""
    if not tuned:
        return "none: no variant has a recipe that was searched for it"
    names = ", ".join(f"{one.variant} ({count(one.num_trials, 'trial')})" for one in tuned)
    keys = "; ".join(dict.fromkeys(f"{key} from {ends}" for one in tuned for key, ends in one.ranges.items()))
    score = about(tuned[0].score).label
    return (
        f"{names}: at most {tuned[0].budget_pflop:.3g} PFLOP each, by {score} on val, with seeds of no run. "
        f"Searched: {keys}"
    )


def recipes_in_words(request: Request) -> str:
    """Name and length of a study's recipe; of several, each once."""
    return "; ".join(dict.fromkeys(f"{each.name}, {count_epochs(each)}" for each in request.recipes))


def _varied(request: Request) -> Iterator[str]:
    """The keys in which the recipes of the variants differ, each with its values."""
    varied = {k: v for k, v in differing_values(request.variants).items() if k not in ("name", "base")}
    for key, values in list(varied.items())[:_MOST_VARIED]:
        yield f"{key}: {', '.join(dict.fromkeys(map(shown, values.values())))}"
    if len(varied) > _MOST_VARIED:
        yield f"and {len(varied) - _MOST_VARIED} more keys, in study.json"


def recipe_facts(recipe: Recipe) -> list[Fact]:
    """Every number of a recipe, nested ones by dotted names.

    Example:
        >>> from taskgraft.recipe._recipes import fast
        >>> dict(recipe_facts(fast()))["optimizer.kind"]
        'muon'
    """
    return [(name, _value(value)) for name, value in _flattened(recipe.model_dump(mode="json"))]


def count_epochs(recipe: Recipe) -> str:
    """The number of epochs, in words."""
    return f"{recipe.epochs:g} {'epoch' if recipe.epochs == 1 else 'epochs'}"


def _data_facts(study: Study) -> list[Fact]:
    data, taxonomy = study.record.request.data, study.taxonomy
    levels = (f"{level.name} ({level.num_classes:,} classes)" for level in taxonomy.levels)
    images = (f"{number:,} {split}" for split, number in data.num_images.items())
    options = (f"{name} = {value}" for name, value in data.options.items() if value is not None)
    channels, height, width = data.image_shape
    return [
        ("Data", data.source),
        ("Split", study.record.request.split),
        ("Options of the data", ", ".join(options) or "none"),
        ("Levels, coarsest first", ", ".join(levels)),
        ("Images", f"{', '.join(images)}; {count(channels, 'channel')}, {height} x {width} pixels"),
        *(("Note on the data", visible(note)) for note in data.notes),
        *([("Left out", _skipped(data.skipped))] if data.skipped else []),
        ("Digest of the data", f"sha256 {data.digest[:_DIGEST_LENGTH]}"),
    ]


def _skipped(skipped: Sequence[tuple[str, str]]) -> str:
    """How many files were left out, and the first of them with their reasons, on one line."""
    shown = [visible(f"{name}: {reason}").replace("\n", " ") for name, reason in skipped[:_MOST_SKIPPED]]
    rest = len(skipped) - len(shown)
    more = [f"and {rest:,} more, in study.json"] if rest else []
    return f"{count(len(skipped), 'file')}. {'; '.join([*shown, *more])}"


def _machine_facts(study: Study) -> list[Fact]:
    environment = study.record.environment
    pairs = (f"{precision}, {layout.replace('-', ' ')}" for precision, layout in study.record.computed_in)
    ways = " or ".join(pairs)
    ways += ", freed memory kept" if environment.keeps_freed_memory else ""
    ways += f", {environment.cpu_capability}" if environment.cpu_capability else ""
    threads, cores = (
        count(number, noun)
        for number, noun in ((environment.num_threads, "thread"), (environment.num_cores, "core"))
    )
    versions = (f"{package} {version}" for package, version in environment.versions.items())
    return [
        ("Hardware", f"{environment.processor}, {cores}; {environment.platform}"),
        ("Computed on", f"{environment.device}, {threads}, {ways}"),
        ("Versions", ", ".join(versions)),
    ]


def _moment(stamp: str) -> str:
    """`2025-11-24T09:30:00+00:00` as `2025-11-24 09:30:00 UTC`."""
    return stamp.replace("T", " ").replace("+00:00", " UTC")


def _flattened(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flattened(inner, f"{name}.{key}" if name else key)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
