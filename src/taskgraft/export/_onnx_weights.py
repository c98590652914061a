"""Weights of an ONNX graph stored in fewer bits, and widened to f32 where they are used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal

import numpy as np
import torch

_USERS = ("Conv", "Gemm", "MatMul")
_LARGEST_INT8 = 127


def narrow_weights(model: Any, precision: Literal["bf16", "int8"]) -> None:
    """Stores the weights of convolutions and dense layers as bf16, or as int8 with a scale a channel.

    What is computed with them stays f32, so that an image's logits do not depend on its batch.

    Args:
        model: An ONNX model, which is changed.
        precision: Of what is stored.
    """
    weights = {weight.name: weight for weight in model.graph.initializer}
    widening: list[Any] = []
    for name, axis in _used(model).items():
        if name not in weights or weights[name].data_type != import_module("onnx").TensorProto.FLOAT:
            continue
        narrow = _bf16 if precision == "bf16" else _int8
        stored, node = narrow(weights[name], axis)
        model.graph.initializer.remove(weights[name])
        model.graph.initializer.extend(stored)
        widening.append(node)
    nodes = [*widening, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _used(model: Any) -> dict[str, int]:
    """The second input of each layer, with the axis of the channels that go out."""
    return dict(_second_inputs(model))


def _second_inputs(model: Any) -> Iterator[tuple[str, int]]:
    for node in model.graph.node:
        if node.op_type in _USERS:
            is_turned = any(each.name == "transB" and each.i for each in node.attribute)
            yield node.input[1], 0 if node.op_type == "Conv" or is_turned else -1


def _bf16(weight: Any, axis: int) -> tuple[list[Any], Any]:
    helper = import_module("onnx.helper")
    rounded = torch.from_numpy(_array(weight)).bfloat16().view(torch.int16).numpy()
    kind = import_module("onnx").TensorProto
    name = f"{weight.name}.bf16"
    stored = helper.make_tensor(name, kind.BFLOAT16, weight.dims, rounded.tobytes(), raw=True)
    return [stored], helper.make_node("Cast", [name], [weight.name], f"{weight.name}.widen", to=kind.FLOAT)


def _int8(weight: Any, axis: int) -> tuple[list[Any], Any]:
    helper, from_array = import_module("onnx.helper"), import_module("onnx.numpy_helper").from_array
    values = _array(weight)
    axis %= values.ndim
    others = tuple(each for each in range(values.ndim) if each != axis)
    largest = np.abs(values).max(axis=others, keepdims=True)
    scale = np.where(largest > 0, largest / _LARGEST_INT8, 1).astype(np.float32)
    names = [f"{weight.name}.int8", f"{weight.name}.scale"]
    stored = [np.rint(values / scale).astype(np.int8), scale.reshape(-1)]
    node = helper.make_node("DequantizeLinear", names, [weight.name], f"{weight.name}.widen", axis=axis)
    return [from_array(array, name) for array, name in zip(stored, names, strict=True)], node


def _array(weight: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.array(import_module("onnx.numpy_helper").to_array(weight))
