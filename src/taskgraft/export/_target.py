"""A kind of file that a model can become: the place where another one is added."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.export._description import Description
from taskgraft.inference import Model

Precision = Literal["f32", "bf16", "int8"]

Pixels = npt.NDArray[np.uint8]
Outputs = dict[str, npt.NDArray[Any]]
Runtime = Callable[[Pixels], Outputs]

Files = dict[str, bytes]
"""The files of an export, by what their names end with: the one that is named last."""


@dataclass(frozen=True)
class Job:
    """What is to be exported.

    Attributes:
        model: Left as it is.
        precision: One of the target's.
        threshold: The least certainty of a class that is said; None where all are.
        description: What the file says of itself.
        calibration: Pictures that int8 takes the ranges of activations from, uint8 (N, C, H, W); None where
            only weights become int8.
    """

    model: Model
    precision: Precision
    threshold: float | None
    description: Description
    calibration: Pixels | None = None


class Target(ABC):
    """Makes files of one kind, and runs them as whoever has the files alone would.

    Attributes:
        name: As in `--to`.
        suffix: What the file's name ends with.
        packages: What it needs besides torch, by the extra that installs it.
        precisions: Those that it can be made in.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]
    packages: ClassVar[Mapping[str, str]] = {}
    precisions: ClassVar[tuple[Precision, ...]]

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What the names of its files end with."""
        return (self.suffix,)

    @abstractmethod
    def files(self, job: Job) -> Files:
        """The complete files.

        Raises:
            ExportError: If the network cannot be one.
        """

    @abstractmethod
    def runtime(self, files: Files) -> tuple[Runtime, Description]:
        """The files loaded by the target's runtime alone: as a function, and what they say of themselves."""

    def check_installed(self) -> None:
        """Sees that what makes and runs such files is here.

        Raises:
            RequestError: If a package is missing; it names the extra.
        """
        missing = [extra for package, extra in self.packages.items() if find_spec(package) is None]
        if missing:
            raise RequestError.expected(
                f"what exports to {self.name}",
                "installed",
                "a package too few",
                f"pip install taskgraft[{','.join(dict.fromkeys(missing))}].",
            )
