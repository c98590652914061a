"""One run, which is a study by itself."""

from __future__ import annotations

from typing import Annotated

from taskgraft.architecture import EVERY_NAME
from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.request._compare_options import STUDIES, CompareOptions
from taskgraft.request._option import COMPARED, Option
from taskgraft.request._run_options import RunOptions


class TrainOptions(RunOptions):
    """One run, in a study directory by itself."""

    architecture: Annotated[
        str,
        Option(
            f"One of {', '.join(EVERY_NAME)}, or of {Parameter('architecture_file')}.",
            COMPARED,
            "ARCHITECTURE",
            words=EVERY_NAME,
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
        name = fitting(f"{self.title}-{self.recipe_title}{self.ending()}-{self.architecture}-seed{self.seed}")
        given = {name: getattr(self, name) for name in self.model_fields_set & set(RunOptions.model_fields)}
        return CompareOptions.of(
            {"out": STUDIES / name, **given, "architectures": self.architecture, "seeds": [self.seed]}
        )
