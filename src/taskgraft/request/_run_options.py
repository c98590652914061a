"""How runs are trained, and where: what every verb that trains takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from taskgraft.choices import DEVICES
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe import RECIPES, Recipe
from taskgraft.request._data_options import DataOptions
from taskgraft.request._option import COMPARED, MACHINE, OUTPUT, TRAINING, Option
from taskgraft.request._settings import SHORTHANDS, merged_settings
from taskgraft.request._texts import settings_of

_BALANCE, _TRUNK = ("balance", "balance_levels"), "network.trunk."

MOST_JOBS = 1_024


class RunOptions(DataOptions):
    """How runs are trained, and where."""

    architecture_file: Annotated[
        str | Path | None,
        Option("Architectures of your own, in TOML or Python.", COMPARED, "FILE", is_path=True),
    ] = None
    recipe: Annotated[
        str | Recipe,
        Option(
            f"Recipe: {', '.join(RECIPES)}, or a .toml file (`taskgraft recipe show` prints one).",
            TRAINING,
            "NAME|FILE",
            is_path=True,
            words=tuple(RECIPES),
        ),
    ] = "fast"
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
    auto_batch: Annotated[
        bool,
        Option("Halve the batch of a run that is out of memory, and begin it again.", MACHINE),
    ] = False
    retry_failed: Annotated[bool, Option("Do again the runs that failed before.", MACHINE)] = False
    out: Annotated[
        str | Path | None,
        Option("Study directory.", OUTPUT, "FOLDER", default="studies/DATA-RECIPE", is_path=True),
    ] = None

    @model_validator(mode="after")
    def _has_one_value_each(self) -> Self:
        for path in (*self.settings, *self.varied_keys):
            if self.balance is not None and path in _BALANCE:
                got = Phrase(f"a value of {path} and {Parameter('balance')}")
                raise RequestError.expected("balance", "set once", got, "Leave one of them out.")
            if self.trunk is not None and path.startswith(_TRUNK):
                rule = f"left out with {Parameter('trunk')}"
                raise RequestError.expected(path, rule, Phrase("set"), "Leave one of them out.")
        return self

    @property
    def varied_keys(self) -> tuple[str, ...]:
        """Key paths of the recipe that take several values."""
        return ()

    @property
    def settings(self) -> dict[str, Any]:
        """Every value of the recipe that is set, by key path: by `set`, or by a shorthand.

        Raises:
            RequestError: If one has two values.
        """
        return merged_settings(self.model_dump(include={"set", *SHORTHANDS}, exclude_none=True))

    @property
    def recipe_title(self) -> str:
        """What the recipe is called in the name of a directory."""
        return self.recipe.name if isinstance(self.recipe, Recipe) else Path(self.recipe).stem
