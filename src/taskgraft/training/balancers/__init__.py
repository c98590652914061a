"""How the losses of the levels become the gradients of one step: one way a file."""

from taskgraft.training.balancers._balancer import BALANCERS, Balancer
from taskgraft.training.balancers._fixed import Fixed

__all__ = ["BALANCERS", "Balancer", "Fixed"]
