"""Goes on from a trained model when classes were added, renamed, moved, split or merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgraft.adaptation._old_classes import Kept, compare_on_old_classes
from taskgraft.architecture import known_architectures
from taskgraft.correspondence import Correspondence, correspond, read_renames
from taskgraft.data import Dataset, partition_split
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution import Listener, Observers, Plan, plan_compare, progress_for, run_plan
from taskgraft.file_reading import sha256_of
from taskgraft.hardware import keeping_threads
from taskgraft.inference import Model, read_model
from taskgraft.models import model_file
from taskgraft.parameter import Parameter
from taskgraft.recipe import AUTO, Recipe, StartSpec, recipe
from taskgraft.study import STUDY, AdaptationRecord, Study, keep_adaptation, models_digest
from taskgraft.training import check_trained

_RECIPE = "quick"


@dataclass(frozen=True)
class Adaptation:
    """A model about to go on.

    Attributes:
        file: Of the older model.
        model: The older model.
        correspondence: What stands behind each class.
        plan: The study that it goes on in.
    """

    file: Path
    model: Model = field(repr=False)
    correspondence: Correspondence = field(repr=False)
    plan: Plan


@dataclass(frozen=True)
class Adapted:
    """A model that went on from an older one.

    Attributes:
        study: The runs that went on, a model each; it keeps `record`, too.
        correspondence: What stands behind each class.
        kept: Old and new model on the test images of the old classes.
        record: All of this, as the study keeps it.
    """

    study: Study
    correspondence: Correspondence = field(repr=False)
    kept: Kept
    record: AdaptationRecord = field(repr=False)


def adapt(
    place: Path | str,
    data: Dataset,
    *,
    renames: Path | str | None = None,
    variant: str | None = None,
    seed: int | None = None,
    listener: Listener | None = None,
    **options: Any,
) -> Adapted:
    """Trains a model further on data whose tree has changed, and compares both on the old classes.

    Trunk and branches are kept, and so are the weights of every class that the model had, by the path of its
    name; new classes begin with drawn weights. The runs are a study: it resumes, and its models are used like
    any other.

    Args:
        place: A model's file, a run or a study; see `load_model`.
        data: Images of the model's shape, with the new tree.
        renames: A file that says which classes are older ones under other names; see `read_renames`.
        variant: Which variant of a study.
        seed: Of which seed.
        listener: As in `compare`.
        **options: Of `compare`: `recipe` (by default that of the study the model is from), `epochs`, `seeds`,
            `out` and more.

    Raises:
        RequestError: If the images are of another shape, or the levels are others than the model's.

    Example:
        >>> adapted = adapt("study", tg.load("pictures/", size=96), epochs=4)  # doctest: +SKIP
        >>> adapted.kept.difference["full-path"]  # doctest: +SKIP
    """
    with keeping_threads():
        adaptation = plan_adaptation(place, data, renames=renames, variant=variant, seed=seed, **options)
        return run_adaptation(adaptation, listener or progress_for(adaptation.plan.request))


def plan_adaptation(
    place: Path | str,
    data: Dataset,
    *,
    renames: Path | str | None = None,
    variant: str | None = None,
    seed: int | None = None,
    **options: Any,
) -> Adaptation:
    """What `adapt` would do; trains and writes nothing.

    Args:
        place: As in `adapt`.
        data: Likewise.
        renames: Likewise.
        variant: Likewise.
        seed: Likewise.
        **options: Likewise.

    Raises:
        RequestError: As there.
    """
    path = model_file(place, variant=variant, seed=seed)
    model = read_model(path)
    check_trained(model)
    _check_split(model)
    _check_fits(model, data)
    rules = None if renames is None else Path(renames).resolve()
    correspondence = correspond(model.taxonomy, data.taxonomy, read_renames(rules) if rules else None)
    start = StartSpec(
        model=str(path.resolve()),
        sha256=sha256_of(path),
        renames=None if rules is None else str(rules),
        renames_sha256="" if rules is None else sha256_of(rules),
    )
    base = options.pop("recipe", None) or _recipe_of(path, model)
    if base == AUTO:
        rule, remedy = "one by name or a .toml file", "Leave it out for that of the model's study."
        raise RequestError.expected(Parameter("recipe"), rule, base, remedy)
    base = base if isinstance(base, Recipe) else recipe(base)
    network = model.description.network
    # Begun from none: what the model was trained with is set, and follows from no data.
    chosen = base.model_copy(update={"network": network.spec, "start": start, "base": ""})
    named = known_architectures(network.architecture.levels, network.spec.trunk.num_stages)
    listed = named.get(network.architecture.name)
    # It has a name already, which no other one may have.
    architecture = listed.name if listed == network.architecture else network.architecture
    given = {"architectures": [architecture], "recipe": chosen, **options}
    plan = plan_compare(data, {name: value for name, value in given.items() if value is not None})
    return Adaptation(path, model, correspondence, plan)


def _check_split(model: Model) -> None:
    """Refuses a model that was trained on images which the data may test."""
    partition = model.description.origin.partition
    if partition is not None:
        raise RequestError.expected(
            "the model",
            "one that was trained on the split of its data",
            Phrase(partition_split(partition)),
            f"Test images were among its train images: go on from a study without {Parameter('resplits')}.",
        )


def run_adaptation(adaptation: Adaptation, listener: Listener, command: str | None = None) -> Adapted:
    """Trains what was planned, compares both models on the old classes, and keeps that in the study.

    Args:
        adaptation: What `plan_adaptation` gave.
        listener: As in `compare`.
        command: What was typed; None for a call from Python.
    """
    with Observers(listener, adaptation.plan.observers) as observers:
        study = run_plan(adaptation.plan, observers, command)
    correspondence = adaptation.correspondence
    kept = compare_on_old_classes(adaptation.model, study, adaptation.plan.data, correspondence)
    record = AdaptationRecord(
        older_model=str(adaptation.file),
        added=correspondence.added,
        retired=correspondence.retired,
        renamed=tuple(correspondence.renamed.items()),
        runs=models_digest(study.runs),
        **vars(kept),
    )
    keep_adaptation(study.directory, record)
    return Adapted(study, correspondence, kept, record)


def _check_fits(model: Model, data: Dataset) -> None:
    if data.image_shape != model.image_shape:
        raise RequestError.expected(
            "the images",
            f"of the model's shape {model.image_shape}",
            data.image_shape,
            f"Load the data with {Parameter('size', model.image_shape[1])}.",
        )
    if data.taxonomy.level_names != model.taxonomy.level_names:
        raise RequestError.expected(
            "the levels of the data",
            ", ".join(model.taxonomy.level_names),
            ", ".join(data.taxonomy.level_names),
            f"Name them so with {Parameter('levels')}.",
        )


def _recipe_of(path: Path, model: Model) -> Recipe:
    """The recipe of the study that the model lies in; `quick` for a file by itself."""
    directory = path.resolve().parents[2] if len(path.resolve().parents) > 2 else path.parent
    if (directory / STUDY).exists():
        variants = {each.name: each for each in Study.open(directory).record.request.variants}
        if model.description.origin.variant in variants:
            return variants[model.description.origin.variant].recipe
    return recipe(_RECIPE)
