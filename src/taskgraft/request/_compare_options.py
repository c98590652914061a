"""A whole study, and one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from taskgraft.architecture import CONTROL, NAMES, Architecture
from taskgraft.choices import Measure
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.request._option import COMPARED, OUTPUT, Option
from taskgraft.request._run_options import RunOptions
from taskgraft.request._seeds import resolve_seeds, seeds_of_text
from taskgraft.request._texts import variations

STUDIES = Path("studies")


class CompareOptions(RunOptions):
    """A study: architectures x values of the recipe x seeds on one dataset."""

    architectures: Annotated[
        str | tuple[str | Architecture, ...] | None,
        Option(
            f"Architectures: all, or some of {', '.join(NAMES)}, or of {Parameter('architecture_file')}.",
            COMPARED,
            "all|A,B",
            default=f"all; with {Parameter('forks')} independent,shared",
            words=("all", *NAMES),
        ),
    ] = None
    forks: Annotated[
        str | tuple[int, ...] | None,
        BeforeValidator(lambda forks: (forks,) if isinstance(forks, int) else forks),
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
        str, Option("The architecture whose cost the twins have.", COMPARED, "NAME", words=NAMES)
    ] = CONTROL
    vary: Annotated[
        dict[str, list[Any]],
        BeforeValidator(variations),
        Option(
            "Values of the recipe to compare, such as batch_size=32,64; crossed with the architectures.",
            COMPARED,
            "KEY=A,B,...",
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
    prefer: Annotated[
        str | None,
        Option(
            "What the recommendation is for.",
            OUTPUT,
            "LEVEL|full-path|latency",
            default="full-path",
            in_python=False,
        ),
    ] = None

    @model_validator(mode="after")
    def _sets_or_varies(self) -> Self:
        for path in self.settings:
            if path in self.vary:
                rule = f"either {Parameter('set')} or {Parameter('vary')}"
                raise RequestError.expected(path, rule, Phrase("both"), "Leave one of them out.")
        return self

    @model_validator(mode="after")
    def _matches_to_something(self) -> Self:
        if self.match is None and "match_to" in self.model_fields_set:
            rule = f"used with {Parameter('match')}"
            raise RequestError.expected(Parameter("match_to"), rule, Phrase("without it"), "Add it.")
        return self

    @property
    def varied_keys(self) -> tuple[str, ...]:
        """Key paths of the recipe that take several values."""
        return tuple(self.vary)

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
        name = f"{self.title if title is None else title}-{self.recipe_title}"
        return STUDIES / fitting(name) if self.out is None else Path(self.out)


class TrainOptions(RunOptions):
    """One run, in a study directory by itself."""

    architecture: Annotated[
        str,
        Option(
            f"One of {', '.join(NAMES)}, or of {Parameter('architecture_file')}.",
            COMPARED,
            "ARCHITECTURE",
            words=NAMES,
        ),
    ]
    seed: Annotated[int, Option("The run's seed.", COMPARED, "N")] = 0

    def as_compare(self) -> CompareOptions:
        """The same as a study of one run.

        Raises:
            RequestError: If it is of several architectures.
        """
        if self.architecture == "all" or "," in self.architecture:
            raise RequestError.expected(
                "the architecture", "one", self.architecture, "Use `taskgraft compare` for several."
            )
        name = fitting(f"{self.title}-{self.recipe_title}-{self.architecture}-seed{self.seed}")
        given = {name: getattr(self, name) for name in self.model_fields_set & set(RunOptions.model_fields)}
        return CompareOptions.of(
            {"out": STUDIES / name, **given, "architectures": self.architecture, "seeds": [self.seed]}
        )
