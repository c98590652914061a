"""A whole study."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from taskgraft.architecture import CONTROL, EVERY_NAME, Architecture
from taskgraft.choices import Measure
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.request._compare_checks import check_search, check_suggestion
from taskgraft.request._option import COMPARED, OUTPUT, TRAINING, Option
from taskgraft.request._run_options import RunOptions
from taskgraft.request._seeds import (
    MOST_RESPLITS,
    MOST_TRIALS,
    OPEN,
    max_seeds_of_text,
    resolve_max_seeds,
    resolve_seeds,
    seeds_of_text,
)
from taskgraft.request._settings import Spelling, check_agree
from taskgraft.request._source import Source
from taskgraft.request._texts import forks_of, searched_keys, variations
from taskgraft.request._variant_options import VariantOptions, named_variants

STUDIES = Path("studies")
MOST_UNTIL_DECIDED = 10


class CompareOptions(RunOptions):
    """A study: architectures x values of the recipe x seeds on one dataset."""

    architectures: Annotated[
        str | tuple[str | Architecture, ...] | None,
        Option(
            f"Architectures: all, or some of {', '.join(EVERY_NAME)}, or of "
            f"{Parameter('architecture_file')}.",
            COMPARED,
            "all|A,B",
            default=f"all: the six, and flat beside them; with {Parameter('forks')} independent,shared",
            words=("all", *EVERY_NAME),
        ),
    ] = None
    forks: Annotated[
        str | tuple[int, ...] | None,
        BeforeValidator(forks_of),
        Option("Compare where the trunk forks: after each stage, or after these many.", COMPARED, "all|K,K"),
    ] = None
    match: Annotated[
        Measure | None,
        Option(
            f"Add a twin, widened or narrowed to the cost of {Parameter('match_to')}, of each that costs "
            "another.",
            COMPARED,
            "macs|parameters",
            words=("macs", "parameters"),
        ),
    ] = None
    match_to: Annotated[
        str, Option("The architecture whose cost the twins have.", COMPARED, "NAME", words=EVERY_NAME)
    ] = CONTROL
    freeze: Annotated[
        bool | None,
        Option(
            "Add `shared` on a pretrained trunk that stays frozen: the cheap baseline of what is tuned.",
            COMPARED,
            may_be_open=True,
            default=f"added in finetune where no {Parameter('architectures')} are named",
        ),
    ] = None
    vary: Annotated[
        dict[str, list[Any]],
        BeforeValidator(variations),
        Option(
            "Values of the recipe to compare, such as batch_size=32,64; crossed with the architectures.",
            COMPARED,
            "KEY=A,B,...",
        ),
    ] = Field(default_factory=dict)
    variants: Annotated[
        dict[str, VariantOptions],
        BeforeValidator(named_variants),
        Option(
            "Variants by name: to each an `architecture`, a `recipe` if it is not the study's, and values of "
            f"it in `set`; compared with {Parameter('architectures')}, {Parameter('forks')} and "
            f"{Parameter('vary')} where one of these is given, else alone.",
            COMPARED,
            "a mapping of names to variants",
            in_shell=False,
        ),
    ] = Field(default_factory=dict)
    seeds: Annotated[
        tuple[int, ...],
        BeforeValidator(resolve_seeds),
        Option(
            "How many seeds, counted from 0, or which: every architecture runs with each.",
            COMPARED,
            "N|A,B",
            default="1",
            read=seeds_of_text,
        ),
    ] = (0,)
    resplits: Annotated[
        int | None,
        Field(ge=2, le=MOST_RESPLITS),
        Option(
            "Draw so many new partitions of train and test images, which seeds take in turns: the verdict "
            "then speaks of other training sets, too. Val stays as it is.",
            COMPARED,
            "R",
            default="the split of the data",
        ),
    ] = None
    tune: Annotated[
        int | None,
        Field(ge=1, le=MOST_TRIALS),
        Option(
            "Search values of the recipe for every variant first (extra search): each has the operations of "
            "so many short runs of the costliest, and is judged on val.",
            TRAINING,
            "N",
            default="no search",
        ),
    ] = None
    tune_keys: Annotated[
        dict[str, tuple[float, float] | None],
        BeforeValidator(searched_keys),
        Option(
            f"What {Parameter('tune')} searches, such as optimizer.learning_rate=0.01:1,finest_weight.",
            TRAINING,
            "KEY[=LOW:HIGH],...",
            default="learning rate and weight of the finest level, without what is set",
        ),
    ] = Field(default_factory=dict)
    prefer: Annotated[
        str | None,
        Option(
            "The primary score, which the recommendation is for; a new study declares it.",
            OUTPUT,
            "LEVEL|full-path|latency",
            default="as the study declares; in a new one full-path",
        ),
    ] = None
    margin: Annotated[
        float | None,
        Field(gt=0, lt=100, allow_inf_nan=False),
        Option(
            "By how many points of the primary score a cheaper variant may be worse than the best.",
            OUTPUT,
            "POINTS",
            default="as the study declares; in a new one 1",
        ),
    ] = None
    max_seeds: Annotated[
        int | Literal["open"] | None,
        BeforeValidator(resolve_max_seeds),
        Option(
            "With how many seeds at most the study is to be decided: looks on the way are paid for. A new "
            "study declares it.",
            COMPARED,
            "N|open",
            default=f"as the study declares; in a new one those of {Parameter('seeds')}",
            read=max_seeds_of_text,
            words=("open",),
        ),
    ] = None
    until_decided: Annotated[
        bool,
        Option(
            f"Train seed by seed, at most {Parameter('max_seeds')} ({MOST_UNTIL_DECIDED} unless given); leave"
            " out what falls behind, stop once the recommendation is settled or cannot be.",
            COMPARED,
        ),
    ] = False
    suggest: Annotated[
        bool,
        Option(
            "Train shared from the first seed alone, diagnosed, and say which architectures seem worth the "
            "rest (docs/diagnosis.md).",
            COMPARED,
        ),
    ] = False

    _source: Source = PrivateAttr(default_factory=Source)

    @model_validator(mode="after")
    def _has_values_that_agree(self) -> Self:
        for path, values in self.vary.items():
            varied = Spelling(path, values, str(Parameter("vary")))
            if path in self._merged:
                check_agree(self._merged[path], varied)
        for name, variant in self.variants.items():
            for path, value in variant.set.items():
                if path in self._merged:
                    check_agree(self._merged[path], Spelling(path, [value], f"variants.{name}"))
        return self

    @model_validator(mode="after")
    def _plans_for_its_seeds(self) -> Self:
        if isinstance(self.max_seeds, int) and self.max_seeds < len(self.seeds):
            rule = f"at least the number of seeds, {len(self.seeds)}"
            raise RequestError.expected(Parameter("max_seeds"), rule, self.max_seeds, "Ask for fewer seeds.")
        return self

    @model_validator(mode="after")
    def _decides_when_it_ends(self) -> Self:
        if not self.until_decided:
            return self
        together = f"with {Parameter('until_decided')}"
        if "seeds" in self.model_fields_set:
            rule, remedy = f"left out {together}, which adds seeds itself", "Name the most there may be."
            raise RequestError.expected(Parameter("seeds"), rule, len(self.seeds), remedy)
        for name in ("minutes", "tune"):
            if (given := getattr(self, name)) is not None:
                rule = f"left out {together}, which ends by itself"
                raise RequestError.expected(Parameter(name), rule, given, "Leave one of them out.")
        if self.max_seeds is not None and (self.max_seeds == OPEN or int(self.max_seeds) < 2):
            rule = f"a number from 2 {together}"
            raise RequestError.expected(Parameter("max_seeds"), rule, self.max_seeds, "Try 10.")
        return self

    @model_validator(mode="after")
    def _matches_what_is_crossed(self) -> Self:
        if self.match is not None and not self.is_crossed:
            rule = f"used with {Parameter('architectures')}, whose twins it adds"
            remedy = "Name some, or a twin such as shared@independent-macs as the architecture of a variant."
            raise RequestError.expected(Parameter("match"), rule, Phrase("variants alone"), remedy)
        if self.match is None and "match_to" in self.model_fields_set:
            rule = f"used with {Parameter('match')}"
            raise RequestError.expected(Parameter("match_to"), rule, Phrase("without it"), "Add it.")
        return self

    @model_validator(mode="after")
    def _searches_what_is_not_set(self) -> Self:
        check_search(self)
        return self

    @model_validator(mode="after")
    def _suggests_before_all_else(self) -> Self:
        if self.suggest:
            check_suggestion({name: getattr(self, name) for name in self.model_fields_set})
        return self

    @property
    def source(self) -> Source:
        """Which of the options stand in a study file."""
        return self._source

    def read_from(self, source: Source) -> Self:
        """The same options, which name the file that they stand in."""
        same = self.model_copy()
        same._source = source
        return same

    @property
    def is_crossed(self) -> bool:
        """Whether architectures are crossed with values of the recipe, beside variants that are named."""
        return not self.variants or bool(self.vary) or (self.architectures, self.forks) != (None, None)

    def spelled_keys(self) -> Iterator[Spelling]:
        """Every value of the recipe that options give, the trunk and the balance apart."""
        yield from super().spelled_keys()
        for path, values in self.vary.items():
            yield Spelling(path, values, str(Parameter("vary")))
        for name, variant in self.variants.items():
            for path, value in variant.set.items():
                yield Spelling(path, [value], f"variants.{name}")

    @property
    def key_names(self) -> dict[str, str]:
        """What errors call the key paths that are given; those of a variant are not among them."""
        return {**super().key_names, **{path: f"{path} of {Parameter('vary')}" for path in self.vary}}

    @property
    def sample(self) -> Self:
        """The run by which the rest is suggested: `shared` from the first seed, diagnosed."""
        most_seeds = self.max_seeds or len(self.seeds)
        chosen = {
            "architectures": "shared",
            "seeds": self.seeds[:1],
            "diagnose": True,
            "max_seeds": most_seeds,
        }
        return self.model_copy(update=chosen)

    @property
    def goal(self) -> dict[str, Any]:
        """What of the primary score, the margin and the most seeds is given, by name."""
        given = {name: getattr(self, name) for name in ("prefer", "margin", "max_seeds")}
        if self.until_decided and self.max_seeds is None:
            given["max_seeds"] = MOST_UNTIL_DECIDED
        return {name: value for name, value in given.items() if value is not None}

    @property
    def names(self) -> str | tuple[str | Architecture, ...]:
        """Which architectures: those that were given, or those that go without saying."""
        if self.architectures is not None:
            return self.architectures
        # A sweep of forks is about sharing alone, unless more is given.
        is_sweep = self.forks is not None and self.architecture_file is None
        return f"{CONTROL},shared" if is_sweep else "all"

    def directory(self, title: str | None = None) -> Path:
        """The study directory.

        Args:
            title: Of the data, where it is not one to be loaded.
        """
        name = f"{self.title if title is None else title}-{self.recipe_title}{self.ending()}"
        return STUDIES / fitting(name) if self.out is None else Path(self.out)

    def ending(self, only: Container[str] | None = None) -> str:
        """What is set and varied, for the name of a directory; what a study may grow by is not in it."""
        varied = sorted(path for path in self.vary if only is None or path in only)
        is_tuned = self.tune is not None and (only is None or "tune" in only)
        tuned = f"+tuned-{self.tune}" if is_tuned else ""
        is_resplit = self.resplits is not None and (only is None or "resplits" in only)
        resplit = f"+resplits-{self.resplits}" if is_resplit else ""
        return super().ending(only) + "".join(f"+{path}" for path in varied) + tuned + resplit
