"""How the losses of the levels become the gradients of one step: one way a file."""

from taskgraft.training.balancers._aggregation import Aggregation
from taskgraft.training.balancers._balancer import BALANCERS, Balancer
from taskgraft.training.balancers._dwa import Dwa
from taskgraft.training.balancers._fixed import Fixed
from taskgraft.training.balancers._gradnorm import GradNorm
from taskgraft.training.balancers._learned import Famo, ImtlL, Uncertainty
from taskgraft.training.balancers._plain import Equal, Geometric, RandomWeights, Stch
from taskgraft.training.balancers._torchjd import ByTorchJD
from taskgraft.training.balancers._weighting import Weighting

__all__ = [
    "BALANCERS",
    "Aggregation",
    "Balancer",
    "ByTorchJD",
    "Dwa",
    "Equal",
    "Famo",
    "Fixed",
    "Geometric",
    "GradNorm",
    "ImtlL",
    "RandomWeights",
    "Stch",
    "Uncertainty",
    "Weighting",
]
