"""OpenVINO as the engine for small batches on a CPU: an extra, `pip install taskgraft[openvino]`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from taskgraft.errors import RequestError
from taskgraft.hardware import Hardware
from taskgraft.inference._fold import folded
from taskgraft.inference._openvino import has_openvino, import_openvino, keep_pools_before_activations
from taskgraft.network import Network


class OpenVinoEngine:
    """A network compiled by OpenVINO for batches of one size, uint8 pixels in.

    Args:
        network: Left as it is.
        hardware: Its precision and threads; a CPU.
        batch_size: Images a call; other sizes are refused by OpenVINO.
        image_shape: Channels, height and width.

    Raises:
        RequestError: If the extra is not installed, or the device is not a CPU.
    """

    def __init__(
        self, network: Network, hardware: Hardware, batch_size: int, image_shape: tuple[int, int, int]
    ) -> None:
        if hardware.device != "cpu" or not has_openvino():
            raise RequestError.expected(
                "the engine 'openvino'",
                "used on a CPU with its extra installed",
                f"device {hardware.device!r}, installed: {has_openvino()}",
                "pip install taskgraft[openvino], or leave the engine to 'auto'.",
            )
        model = _converted(network, [batch_size, *image_shape])
        core = import_openvino("openvino").Core()
        self._request: Any = core.compile_model(model, "CPU", _settings(hardware)).create_infer_request()

    def __call__(self, images: Tensor) -> list[Tensor]:
        """Images, uint8 of shape (B, C, H, W), to f32 logits (B, K) of each level, coarsest first."""
        answer = self._request.infer([images.contiguous().numpy()], share_inputs=True, share_outputs=True)
        return [torch.from_numpy(logits.copy()) for logits in answer.values()]


def _converted(network: Network, shape: list[int]) -> Any:
    """The network as OpenVINO's model, for uint8 images of one shape."""
    frontend = import_openvino("openvino.frontend")
    decoder = import_openvino("openvino.frontend.pytorch.ts_decoder")
    # OpenVINO rounds to bf16 by itself, so the f32 network is handed over, as a trace.
    plain = folded(network, torch.float32, torch.contiguous_format).cpu()
    traced = decoder.TorchScriptPythonDecoder(plain, example_input=torch.zeros(shape, dtype=torch.uint8))
    pytorch = frontend.FrontEndManager().load_by_framework("pytorch")
    model = pytorch.convert(pytorch.load(traced))
    keep_pools_before_activations(model)
    model.reshape(shape)
    return model


def _settings(hardware: Hardware) -> dict[str, object]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": hardware.num_threads,
        "INFERENCE_PRECISION_HINT": hardware.precision,
    }
