"""The checksum of a trained model: over its description and its weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from taskgraft.inference._description import ModelDescription
from taskgraft.tensor_seal import tensor_seal


def sealed_tensors(network: nn.Module) -> dict[str, Tensor]:
    """The state of a network as it is sealed and written."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}


def seal_of(content: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over a description as plain data and tensors: what a model's file has as `sha256`."""
    return tensor_seal(json.dumps(content, sort_keys=True, separators=(",", ":")), tensors)


def model_digest(network: nn.Module, description: ModelDescription) -> str:
    """The same of a network and its description."""
    return seal_of(description.model_dump(mode="json"), sealed_tensors(network))
