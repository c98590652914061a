"""One checksum over named tensors and the text that belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def tensor_seal(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over a text, and over names, types, shapes and bytes of tensors, in the order of their names.

    Args:
        text: What is kept beside the tensors.
        tensors: By name, on the CPU.

    Example:
        >>> one, other = {"a": torch.zeros(2)}, {"a": torch.zeros(2, 1)}
        >>> tensor_seal("", one) == tensor_seal("", one), tensor_seal("", one) == tensor_seal("", other)
        (True, False)
    """
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"\n{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
