"""Aggregators of gradients by TorchJD, an extra: `pip install taskgraft[mtl]`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import torch
from torch import Tensor

from taskgraft.errors import RequestError
from taskgraft.training.balancers._aggregation import Aggregation, Place
from taskgraft.training.balancers._balancer import BALANCERS

_EXTRA = "pip install taskgraft[mtl]."


class ByTorchJD(Aggregation):
    """An aggregation whose rule is a class of TorchJD.

    Args:
        weights: As for every balancer.
        seed: As for every balancer.
        at: As for every aggregation.
        **settings: What the class of TorchJD is made with.

    Attributes:
        class_name: Of TorchJD.
    """

    class_name: ClassVar[str]

    def __init__(self, weights: Tensor, seed: int, at: Place = "auto", **settings: Any) -> None:
        super().__init__(weights, seed, at)
        self._aggregator = _aggregation_module().__dict__[self.class_name](**settings)

    @classmethod
    def check(cls, num_levels: int, settings: Mapping[str, Any]) -> None:
        """Refuses to begin without TorchJD.

        Raises:
            RequestError: If it is missing.
        """
        _aggregation_module()

    def aggregate(self, rows: Tensor) -> Tensor:
        """What TorchJD makes of them."""
        vector: Tensor = self._aggregator(rows)
        return vector


def _aggregation_module() -> Any:
    try:
        return import_module("torchjd.aggregation")
    except ImportError as error:
        raise RequestError.expected(
            "an aggregator of gradients", "used with TorchJD installed", "none", _EXTRA
        ).about("balancing") from error


@BALANCERS.add("upgrad")
class UPGrad(ByTorchJD):
    """The mean of gradients, each moved until it conflicts with none (Quinton and Rey, 2024)."""

    class_name = "UPGrad"


@BALANCERS.add("mgda")
class Mgda(ByTorchJD):
    """The shortest convex combination (Désidéri, 2012; Sener and Koltun, 2018)."""

    class_name = "MGDA"


@BALANCERS.add("pcgrad")
class PCGrad(ByTorchJD):
    """The sum of gradients without what conflicts with another, in a drawn order (Yu et al., 2020)."""

    class_name = "PCGrad"
    draws = True


@BALANCERS.add("graddrop")
class GradDrop(ByTorchJD):
    """Of each coordinate the gradients of one drawn sign (Chen et al., 2020)."""

    class_name = "GradDrop"
    draws = True


@BALANCERS.add("imtl-g")
class ImtlG(ByTorchJD):
    """The combination whose projections on all gradients are equal (Liu et al., 2021)."""

    class_name = "IMTLG"


@BALANCERS.add("aligned-mtl")
class AlignedMtl(ByTorchJD):
    """Gradients of one length at right angles, as near as possible (Senushkin et al., 2023)."""

    class_name = "AlignedMTL"


@BALANCERS.add("dualproj")
class DualProj(ByTorchJD):
    """The mean, moved as little as possible to conflict with no gradient (Lopez-Paz and Ranzato, 2017)."""

    class_name = "DualProj"


@BALANCERS.add("config")
class Config(ByTorchJD):
    """The direction of like angles to all gradients (ConFIG; Liu et al., 2024)."""

    class_name = "ConFIG"


@BALANCERS.add("mean")
class Mean(ByTorchJD):
    """The mean of the gradients: the plain rival at the scale of most others."""

    class_name = "Mean"


@BALANCERS.add("cagrad")
class CAGrad(ByTorchJD):
    """Near the mean, what helps the worst level most (Liu et al., 2021)."""

    class_name = "CAGrad"

    def __init__(self, weights: Tensor, seed: int, c: float = 0.4, at: Place = "auto") -> None:
        super().__init__(weights, seed, at, c=c)


@BALANCERS.add("fairgrad")
class FairGrad(ByTorchJD):
    """A fair share of the step for each level (Ban and Ji, 2024)."""

    class_name = "FairGrad"

    def __init__(self, weights: Tensor, seed: int, alpha: float = 1.0, at: Place = "auto") -> None:
        super().__init__(weights, seed, at, alpha=alpha)


@BALANCERS.add("trimmed-mean")
class TrimmedMean(ByTorchJD):
    """The mean without the extremes of each coordinate (Yin et al., 2018)."""

    class_name = "TrimmedMean"

    def __init__(self, weights: Tensor, seed: int, trim_number: int = 1, at: Place = "auto") -> None:
        super().__init__(weights, seed, at, trim_number=trim_number)
        self._least = _least_rows(trim_number)

    @classmethod
    def check(cls, num_levels: int, settings: Mapping[str, Any]) -> None:
        """Refuses too few levels, too.

        Raises:
            RequestError: If nothing would be left of them; one level alone has nothing to balance.
        """
        super().check(num_levels, settings)
        trimmed = settings["trim_number"]
        if 1 < num_levels < _least_rows(trimmed):
            raise RequestError.expected(
                "the levels with a loss",
                f"at least {_least_rows(trimmed)} where trimmed-mean leaves out {trimmed} at either end",
                num_levels,
                "Choose another balancing.",
            ).about("balancing")

    def aggregate(self, rows: Tensor) -> Tensor:
        """The plain mean where a batch has labels of too few levels."""
        return super().aggregate(rows) if len(rows) >= self._least else rows.mean(0)


def _least_rows(trim_number: int) -> int:
    return 2 * trim_number + 1


@BALANCERS.add("gradvac")
class GradVac(ByTorchJD):
    """Gradients turned towards the angles they usually have (Wang et al., 2021)."""

    class_name = "GradVac"
    draws = True
    remembers = ("cosines",)

    def __init__(self, weights: Tensor, seed: int, beta: float = 0.5, at: Place = "auto") -> None:
        super().__init__(weights, seed, at, beta=beta)

    def memory(self) -> dict[str, Tensor]:
        """The cosines that are aimed at."""
        cosines = self._aggregator.gramian_weighting._phi_t
        return {} if cosines is None else {"cosines": cosines}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Takes them up."""
        weighting, cosines = self._aggregator.gramian_weighting, memory["cosines"].clone()
        weighting._phi_t, weighting._state_key = cosines, (len(cosines), cosines.dtype)


@BALANCERS.add("nash-mtl")
class NashMtl(ByTorchJD):
    """The bargain between the levels (Navon et al., 2022)."""

    class_name = "NashMTL"
    remembers = ("step", "weights")

    def __init__(
        self,
        weights: Tensor,
        seed: int,
        max_norm: float = 1.0,
        update_weights_every: int = 1,
        at: Place = "auto",
    ) -> None:
        settings = {"max_norm": max_norm, "update_weights_every": update_weights_every}
        super().__init__(weights, seed, at, n_tasks=len(weights), **settings)

    def aggregate(self, rows: Tensor) -> Tensor:
        """Its solver warns that it cannot be warmed up."""
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            return super().aggregate(rows)

    def memory(self) -> dict[str, Tensor]:
        """The last weights, and the number of steps."""
        weighting = self._aggregator.weighting
        if not weighting.step:
            return {}
        return {"step": torch.tensor(weighting.step), "weights": torch.from_numpy(weighting.prvs_alpha)}

    def remember(self, memory: Mapping[str, Tensor]) -> None:
        """Takes them up."""
        weighting = self._aggregator.weighting
        weighting.prvs_alpha = memory["weights"].cpu().numpy().copy()
        weighting._init_optim_problem()
        weighting.step = float(memory["step"])
