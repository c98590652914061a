"""How runs are trained, and where: what every verb that trains takes."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from taskgraft.choices import BATCH_NORMS, DEVICES, ENGINES, LOGS, SYNCHRONISED
from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.events import Observer
from taskgraft.parameter import Parameter
from taskgraft.recipe import AUTO, RECIPES, Recipe, label, read_value
from taskgraft.request._data_options import DataOptions
from taskgraft.request._option import COMPARED, MACHINE, OUTPUT, TRAINING, Option
from taskgraft.request._settings import SHORTHANDS, Spelling, check_agree, merged_settings
from taskgraft.request._texts import observers_of, settings_of

_TRUNK, _FAMILY = "network.trunk.", "timm"
# Whatever network of timm it is.
_OF_EVERY_NETWORK = ("network.trunk.drop_path", "network.trunk.stages")
# What makes another study and fits into a name; of paths and columns the study itself says what differs.
_IN_DIRECTORY = (
    *("size", "fit", "limit", "leave_out", "exclude", "test_fraction"),
    *("trunk", "balance", "minutes"),
)

MOST_JOBS = 1_024
MOST_PROCESSES = 1_024
# A year.
MOST_MINUTES = 525_600


class RunOptions(DataOptions):
    """How runs are trained, and where."""

    architecture_file: Annotated[
        str | Path | None,
        Option("Architectures of your own, in TOML or Python.", COMPARED, "FILE", is_path=True),
    ] = None
    recipe: Annotated[
        str | Recipe,
        Option(
            f"Recipe: {AUTO}, which chooses by the data; {', '.join(RECIPES)}; or a .toml file (`taskgraft "
            "recipe show` prints one).",
            TRAINING,
            "NAME|FILE",
            is_path=True,
            words=(AUTO, *RECIPES),
        ),
    ] = AUTO
    set: Annotated[
        dict[str, Any],
        BeforeValidator(settings_of),
        Option("Another value of the recipe, such as optimizer.momentum=0.8.", TRAINING, "KEY=VALUE"),
    ] = Field(default_factory=dict)
    epochs: Annotated[float | None, Option("Epochs to train.", TRAINING, "N", default="the recipe's")] = None
    lr: Annotated[
        float | None,
        Option(f"Learning rate: {SHORTHANDS['lr']} of the recipe.", TRAINING, "RATE", default="the recipe's"),
    ] = None
    batch: Annotated[
        int | None,
        Option(
            f"Images a batch: {SHORTHANDS['batch']} of the recipe.", TRAINING, "N", default="the recipe's"
        ),
    ] = None
    minutes: Annotated[
        float | None,
        Field(gt=0, le=MOST_MINUTES, allow_inf_nan=False),
        Option(
            "Time that a new study may take: seeds and length of the runs are made to fit.", TRAINING, "N"
        ),
    ] = None
    balance: Annotated[
        str | None,
        Option(
            "Make rare classes count as much as others; or LEVEL=loss,...",
            TRAINING,
            "none|loss|sampler",
            words=("none", "loss", "sampler"),
        ),
    ] = None
    trunk: Annotated[
        str | None,
        Option("A backbone of timm in place of the recipe's trunk (extra timm).", TRAINING, "timm/NAME"),
    ] = None
    trunk_weights: Annotated[
        str | Path | None,
        Option(
            f"Pretrained weights of {Parameter('trunk')}: a .safetensors file, or hub.",
            TRAINING,
            "FILE|hub",
            is_path=True,
            words=("hub",),
        ),
    ] = None
    device: Annotated[str, Option(f"Device: {', '.join(DEVICES)}.", MACHINE, "NAME", words=DEVICES)] = "auto"
    num_threads: Annotated[
        int | None,
        Option(
            "CPU threads of a run.",
            MACHINE,
            "N",
            "--threads",
            default="those of the study's finished runs, or chosen by the size of the networks",
        ),
    ] = None
    jobs: Annotated[
        int | None,
        Field(ge=1, le=MOST_JOBS),
        Option(
            "Runs at once, each in a process.",
            MACHINE,
            "N",
            default="chosen by the size of the networks and the cores",
        ),
    ] = None
    processes_per_run: Annotated[
        int | None,
        Field(ge=1, le=MOST_PROCESSES),
        Option(
            "Processes that make a run together, each with a part of every batch and cores, or a GPU, to "
            "itself (docs/scale.md).",
            MACHINE,
            "N",
            default="those that the study began with, or 1",
        ),
    ] = None
    batch_norm: Annotated[
        str | None,
        Option(
            f"Whose images batch norms see with {Parameter('processes_per_run')}: those of all processes, or "
            "of one each.",
            MACHINE,
            "|".join(BATCH_NORMS),
            default=f"as the study began, or {SYNCHRONISED}",
            words=BATCH_NORMS,
        ),
    ] = None
    engine: Annotated[
        str,
        Option(
            "What does the runs: this machine, or the machines of a Ray cluster (extra ray, docs/scale.md).",
            MACHINE,
            "|".join(ENGINES),
            words=ENGINES,
        ),
    ] = "local"
    address: Annotated[
        str | None,
        Option(
            f"The head of the Ray cluster, with {Parameter('engine', 'ray')}.",
            MACHINE,
            "HOST:PORT",
            default="RAY_ADDRESS, the cluster that runs on this machine, or this machine alone",
        ),
    ] = None
    diagnose: Annotated[
        bool,
        Option(
            "Measure how the levels' gradients pull at what they share, in 3 % of the operations of "
            "training at most (docs/diagnosis.md).",
            TRAINING,
        ),
    ] = False
    auto_batch: Annotated[
        bool,
        Option("Halve the batch of a run that is out of memory, and begin it again.", MACHINE),
    ] = False
    retry_failed: Annotated[bool, Option("Do again the runs that failed before.", MACHINE)] = False
    out: Annotated[
        str | Path | None,
        Option(
            "Study directory.",
            OUTPUT,
            "FOLDER",
            default="studies/DATA-RECIPE, and what is set",
            is_path=True,
        ),
    ] = None

    log: Annotated[
        tuple[str | Observer, ...],
        BeforeValidator(observers_of),
        Option(
            f"Keep what happens in logs, too: {', '.join(LOGS)} (docs/logs.md).",
            OUTPUT,
            "A,B",
            words=LOGS,
            is_repeatable=True,
        ),
    ] = ()

    @model_validator(mode="after")
    def _has_one_value_each(self) -> Self:
        _ = self.settings
        self._check_engine()
        self._check_processes()
        for spelling in self.spelled_keys():
            self._check_balance(spelling)
            self._check_trunk(spelling)
        return self

    def _check_engine(self) -> None:
        if self.engine not in ENGINES:
            raise unknown_name("engine", self.engine, ENGINES).about("engine")
        if self.address is not None and self.engine != "ray":
            raise RequestError.expected(
                Parameter("address"),
                f"used with {Parameter('engine', 'ray')}",
                f"{self.engine}",
                f"Add {Parameter('engine', 'ray')}, or leave it out.",
            )

    def _check_processes(self) -> None:
        if self.batch_norm is not None and self.batch_norm not in BATCH_NORMS:
            raise unknown_name(Parameter("batch_norm"), self.batch_norm, BATCH_NORMS)
        number = self.processes_per_run or 1
        if number > 1 and self.engine == "ray":
            rule = f"1 with {Parameter('engine', 'ray')}, which gives each run one process"
            remedy = "Leave one of them out."
            raise RequestError.expected(Parameter("processes_per_run"), rule, number, remedy)

    def _check_balance(self, spelling: Spelling) -> None:
        if self.balance is None:
            return
        if spelling.path == "balance":
            check_agree(Spelling("balance", [self.balance], str(Parameter("balance"))), spelling)
        elif spelling.path == "balance_levels":
            rule = f"left out with {Parameter('balance')}, which names levels itself"
            got = Phrase(str(spelling))
            raise RequestError.expected(spelling.path, rule, got, "Leave one of them out.").about(
                "balance", spelling.path
            )

    def _check_trunk(self, spelling: Spelling) -> None:
        if self.trunk is None or not spelling.path.startswith(_TRUNK) or spelling.path in _OF_EVERY_NETWORK:
            return
        if spelling.path not in self.trunk_values:
            rule = f"left out with {Parameter('trunk')}"
            got = Phrase(str(spelling))
            raise RequestError.expected(spelling.path, rule, got, "Leave one of them out.").about(
                "trunk", spelling.path
            )
        check_agree(self.trunk_values[spelling.path], spelling)

    @property
    def trunk_values(self) -> dict[str, Spelling]:
        """What the options of the trunk say, as values of the recipe by key path."""
        if self.trunk is None:
            return {}
        by = str(Parameter("trunk"))
        values = {"family": (_FAMILY, by), "backbone": (self.trunk.removeprefix(f"{_FAMILY}/"), by)}
        if self.trunk_weights is not None:
            values["weights"] = (str(self.trunk_weights), str(Parameter("trunk_weights")))
        return {
            f"{_TRUNK}{key}": Spelling(f"{_TRUNK}{key}", [value], by) for key, (value, by) in values.items()
        }

    def spelled_keys(self) -> Iterator[Spelling]:
        """Every value of the recipe that options give, the trunk and the balance apart."""
        yield from self._merged.values()

    @property
    def _merged(self) -> dict[str, Spelling]:
        return merged_settings(self.model_dump(include={"set", *SHORTHANDS}, exclude_none=True))

    @property
    def settings(self) -> dict[str, Any]:
        """Every value of the recipe that is set, by key path: by `set`, or by a shorthand.

        Raises:
            RequestError: If one has two values that differ.
        """
        return {path: each.values[0] for path, each in self._merged.items() if path not in self.trunk_values}

    @property
    def key_names(self) -> dict[str, str]:
        """What errors call the key paths that are given: those of a shorthand by its name."""
        is_set = str(Parameter("set"))
        return {path: each.by for path, each in self._merged.items() if each.by != is_set}

    def ending(self, only: Container[str] | None = None) -> str:
        """What makes another study of the same data and recipe, for the name of a directory.

        Args:
            only: Names of options and key paths to say; None for all that are given.
        """
        given = {name: getattr(self, name) for name in _IN_DIRECTORY if name in self.model_fields_set}
        given = {**given, **self.data_options, **self.settings}
        said = sorted(name for name in given if only is None or name in only)
        return "".join(f"+{name}={label(read_value(given[name]))}" for name in said)

    @property
    def recipe_title(self) -> str:
        """What the recipe is called in the name of a directory."""
        return self.recipe.name if isinstance(self.recipe, Recipe) else Path(self.recipe).stem
