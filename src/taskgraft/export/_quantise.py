"""An ONNX graph in int8, as onnxruntime quantises it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from taskgraft.export._names import PIXELS
from taskgraft.export._onnx_weights import narrow_weights
from taskgraft.export._program import quietly
from taskgraft.export._target import Pixels

_LAYERS = ["Conv", "Gemm", "MatMul"]
_BATCH = 32


def quantised(model: Any, calibration: Pixels | None) -> Any:
    """Layers with int8 weights, and with int8 activations where pictures say what values those take.

    The ranges of activations are fixed by the pictures. Ranges taken from each batch as it comes (onnxruntime
    calls that dynamic) would make the answer to one picture depend on the others of its batch.

    Args:
        model: An ONNX model in f32, which may be changed.
        calibration: uint8 (N, C, H, W); None for int8 weights alone.

    Returns:
        The model with layers quantised; what decides on their logits stays as it is.
    """
    if calibration is None or not len(calibration):
        narrow_weights(model, "int8")
        return model
    quantization: Any = import_module("onnxruntime.quantization")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "quantised.onnx"
        with quietly():
            quantization.quantize_static(
                model,
                path,
                _Reader(calibration),
                op_types_to_quantize=_LAYERS,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                # 7 bits: with 8, processors without VNNI saturate, and the file is for any.
                reduce_range=True,
            )
        return import_module("onnx").load(path)


class _Reader:
    """Hands calibration pictures to onnxruntime, some at a time."""

    def __init__(self, pictures: Pixels) -> None:
        self._batches: Iterator[Pixels] = (
            pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)
        )

    def get_next(self) -> dict[str, Pixels] | None:
        batch = next(self._batches, None)
        return None if batch is None else {PIXELS: batch}
