"""From the request for a search to variants with the recipes that it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._sampler import check_sampler
from taskgraft.execution._search import VariantSearch
from taskgraft.execution._trial_spec import LENGTH_RATIO
from taskgraft.execution.engines import Work
from taskgraft.hardware import Hardware
from taskgraft.parameter import Parameter
from taskgraft.recipe import Range, Variant, changed, default_keys, ranges_of, shown
from taskgraft.request import CompareOptions
from taskgraft.study import (
    STUDY,
    TRIALS,
    TunedVariant,
    TuningRecord,
    read_tuning,
    score_preferred,
)

Ends = Mapping[str, tuple[float, float] | None]


@dataclass(frozen=True)
class Search:
    """A search of the recipes of a study.

    Attributes:
        num_trials: As requested: so many whole trials of the costliest variant.
        budget_pflop: The operations that each variant may take, in 1e15.
        score: What trials are judged by on val.
        variants: The search of each variant.
        record: What `tuning.json` has of it; None before it is over.
    """

    num_trials: int
    budget_pflop: float
    score: str
    variants: tuple[VariantSearch, ...]
    record: TuningRecord | None

    @classmethod
    def of(cls, options: CompareOptions, data: Dataset, runs: Sequence[RunSpec]) -> Search:
        """The search that options ask for.

        Args:
            options: Those of the study; `tune` is given.
            data: The data.
            runs: A run of each variant, with its recipe as it is before.

        Raises:
            RequestError: If the extra is missing, there is no val split, nothing is left to search, or the
                study was searched otherwise.
        """
        check_sampler()
        ranges = {spec.variant.name: _ranges(options, spec.variant) for spec in runs}
        score, num_trials = _score(options, data), options.tune or 0
        searches = [VariantSearch(spec, ranges[spec.variant.name], score, 0.0) for spec in runs]
        budget = num_trials * max(each.whole_pflop for each in searches)
        record = read_tuning(runs[0].study)
        search = cls(
            num_trials, budget, score, tuple(replace(each, budget_pflop=budget) for each in searches), record
        )
        search._check_continues(runs[0].study)
        return search

    @property
    def todo(self) -> tuple[VariantSearch, ...]:
        """The searches that are not on record."""
        on_record = self.record.variants if self.record else {}
        return tuple(each for each in self.variants if each.variant.name not in on_record)

    @property
    def tuned(self) -> tuple[Variant, ...]:
        """The variants with the recipes that the search came to, once it is over."""
        assert self.record is not None
        return tuple(_tuned(each.variant, self.record.variants[each.variant.name]) for each in self.variants)

    @property
    def num_threads(self) -> int | None:
        """Of the trials that are over: they decide the last bits of what the next ones follow from."""
        records = (record for each in self.variants for record in each.records()[:1])
        return next((record.environment.num_threads for record in records), None)

    @property
    def num_jobs(self) -> int:
        """Trials at once, on this machine."""
        return self.variants[0].spec.hardware.num_jobs

    def work(self, of_runs: Work) -> Work:
        """What is to be done, by what the runs are whose recipes are searched."""
        num_at_once = sum(each.num_at_once for each in self.todo)
        return replace(of_runs, num_runs=num_at_once, pflop=self.budget_pflop * len(self.todo))

    def on(self, hardware: Hardware) -> Search:
        """The same search, its trials on this hardware."""
        return replace(
            self, variants=tuple(replace(each, spec=each.spec.on(hardware)) for each in self.variants)
        )

    def _check_continues(self, directory: Path) -> None:
        """Refuses another search than the study's, and to search a study whose runs were begun without."""
        if self.record is None:
            if (directory / STUDY).exists() and not (directory / TRIALS).exists():
                raise RequestError.expected(
                    str(directory),
                    "a new study, or one that was searched",
                    "one that was begun without a search",
                    f"Use another {Parameter('out')}.",
                ).about("tune")
            return
        was, now = self.record, self
        digests = {each.variant.name: each.digest for each in self.variants}
        differ = [name for name, one in was.variants.items() if digests.get(name, one.search) != one.search]
        if (was.num_trials, was.score) != (now.num_trials, now.score):
            said = f"{was.num_trials} trials by {was.score}"
            got = f"{now.num_trials} by {now.score}"
        elif differ:
            said, got = "the same keys, ranges and recipes", f"others for {', '.join(differ)}"
        elif abs(was.budget_pflop - now.budget_pflop) > 1e-9 * was.budget_pflop:
            said = f"{was.budget_pflop:.3g} PFLOP for each variant"
            got = f"{now.budget_pflop:.3g}, as another variant is the costliest"
        else:
            return
        rule = f"that of the study in {directory} ({said})"
        raise RequestError.expected(
            "the search", rule, Phrase(got), f"Use another {Parameter('out')}."
        ).about("tune")


def check_untuned(directory: Path) -> None:
    """Refuses to continue a study that was searched by a request without a search.

    Raises:
        RequestError: If it was.
    """
    if (record := read_tuning(directory)) is not None:
        what = Parameter("tune", record.num_trials)
        raise RequestError.expected(
            str(directory),
            f"continued with {what}, as its recipes were searched",
            Phrase("no search"),
            f"Add {what}, or use another {Parameter('out')}.",
        )


def search_text(search: Search) -> str:
    """What a search does and costs, in a sentence or two."""
    keys = dict.fromkeys(
        f"{path} from {each}" for one in search.variants for path, each in one.ranges.items()
    )
    what = f"{search.num_trials} trials of the costliest of {len(search.variants)}"
    return (
        f"{search.budget_pflop:.3g} PFLOP for each variant, as {what} take. A trial has "
        f"{LENGTH_RATIO:g} of a run's length, is judged by {search.score} on val, and is cut short where it "
        f"is behind. Searched: {', '.join(keys)}."
    )


def _ranges(options: CompareOptions, variant: Variant) -> dict[str, Range]:
    num_trained = len(variant.architecture.branched)
    spelled = {each.path for each in options.spelled_keys()}
    keys: Ends = options.tune_keys or {
        path: None for path in default_keys(variant.recipe, num_trained) if path not in spelled
    }
    ranges = ranges_of(variant.recipe, keys, num_trained)
    if not ranges:
        raise RequestError.expected(
            f"a key of {variant.name} that is searched",
            "one that decides its numbers and is not set",
            "none",
            f"Name one with {Parameter('tune_keys')}.",
        ).about("tune_keys")
    return ranges


def _score(options: CompareOptions, data: Dataset) -> str:
    """What is preferred or, without a preference, the full path where some val image has all labels."""
    if not data.num_images["val"]:
        raise RequestError.expected(
            "data that is searched on", "split with a val part", Phrase("none"), "Search on other data."
        ).about("tune")
    levels = data.taxonomy.level_names
    labels = data.labels_of("val") >= 0
    if options.prefer is not None:
        score = score_preferred(options.prefer, levels)
    else:
        labelled = [level for level, column in zip(levels, labels.T, strict=True) if column.any()]
        is_full = len(levels) > 1 and labels.all(axis=1).any()
        score = "full_path_accuracy" if is_full else f"accuracy.{labelled[-1] if labelled else levels[-1]}"
    of = slice(None) if score == "full_path_accuracy" else [levels.index(score.partition(".")[2])]
    if not labels[:, of].all(axis=1).any():
        raise RequestError.expected(
            f"{score} of the val split", "known for some image", Phrase("none"), "Prefer another score."
        ).about("prefer")
    return score


def _tuned(variant: Variant, outcome: TunedVariant) -> Variant:
    recipe = changed(variant.recipe, outcome.values)
    return replace(variant, recipe=recipe, derived=(*variant.derived, f"{variant.name}: {came_to(outcome)}."))


def came_to(outcome: TunedVariant) -> str:
    """The values, and where they come from, in one line."""
    values = ", ".join(
        f"{path}={shown(float(f'{value:.4g}'))}, not {shown(float(f'{outcome.before[path]:.4g}'))}"
        for path, value in outcome.values.items()
    )
    ranges = ", ".join(f"{path} {each}" for path, each in outcome.ranges.items())
    tried = f"{len(outcome.trials)} trials of {ranges}"
    if outcome.best is None:
        return f"no trial of {tried} finished, and the recipe stays as it was"
    if outcome.best == 0:
        return f"the recipe as it was is the best on val of {tried}"
    return f"{values}: the best on val of {tried}"
