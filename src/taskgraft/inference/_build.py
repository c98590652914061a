"""A network built from its description and filled with weights that fit it, or refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from taskgraft.hardware import is_out_of_memory
from taskgraft.inference._description import ModelDescription
from taskgraft.network import Network
from taskgraft.taxonomy import MOST_LEVELS

# Shared stages are built once for every level, and a few times more on the way to what remains of them.
_PARAMETERS_A_TENSOR = 2 * MOST_LEVELS
_LONGEST_REASON = 120


class UnfitError(Exception):
    """A description that is of no network, or weights of another one; says in a few words what is wrong."""


def build_network(description: ModelDescription, tensors: Mapping[str, Tensor]) -> Network:
    """Builds a network and fills it.

    Args:
        description: What it is built of.
        tensors: Its state by name, on the CPU.

    Returns:
        The network in evaluation mode, on the CPU.

    Raises:
        UnfitError: If the description is of no network, or of one with other tensors.
    """
    try:
        # First without memory: a description may ask for more than any machine has.
        with torch.device("meta"), _at_most(_PARAMETERS_A_TENSOR * len(tensors)):
            expected = _unfilled(description).state_dict()
        _check_alike(expected, tensors)
        # Weights are drawn, and overwritten; the caller's random numbers stay as they are.
        with torch.device("cpu"), torch.random.fork_rng(devices=[]):
            network = _unfilled(description)
        normalisation = network.pixel_mean.clone(), network.pixel_std.clone()
        network.load_state_dict(tensors)
    except UnfitError:
        raise
    # Whatever a description asks for that torch, timm or the network refuses.
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise UnfitError(f"one of no network: {_first_line(error)}") from error
    for described, stored in zip(normalisation, (network.pixel_mean, network.pixel_std), strict=True):
        if not torch.equal(described, stored):
            raise UnfitError("one with another normalisation than its weights")
    return network.eval()


def _unfilled(description: ModelDescription) -> Network:
    built, prepared = description.network, description.preprocessing
    return Network(
        built.architecture,
        built.spec,
        built.num_classes,
        built.image_shape,
        mean=prepared.mean,
        std=prepared.std,
        parents=description.network_taxonomy.parents,
    )


def _check_alike(expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    for name in sorted({*expected, *tensors}):
        if name not in tensors:
            raise UnfitError(f"one without the weights {name!r}")
        if name not in expected:
            raise UnfitError(f"one with weights {name!r}, which its network does not have")
        wanted, stored = expected[name], tensors[name]
        if wanted.shape != stored.shape or wanted.dtype != stored.dtype:
            raise UnfitError(
                f"one with {name!r} as {stored.dtype} of shape {tuple(stored.shape)}, "
                f"where its network has {wanted.dtype} of shape {tuple(wanted.shape)}"
            )


@contextmanager
def _at_most(num_parameters: int) -> Iterator[None]:
    """Refuses to build a network of more parameters: a short description can ask for millions of layers."""
    num_built, thread = 0, threading.get_ident()

    def count(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
        nonlocal num_built
        # The hook sees every thread of the process; others may build what they like.
        num_built += threading.get_ident() == thread
        if num_built > num_parameters:
            raise UnfitError("one of a network of more layers than it has weights for")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def _first_line(error: Exception) -> str:
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."
