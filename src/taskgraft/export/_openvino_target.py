"""`.xml` and `.bin`: OpenVINO's own files, made of the ONNX graph."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from taskgraft.export._description import PREFIX, Description, as_entries, from_entries
from taskgraft.export._onnx_target import OnnxTarget, onnx_model
from taskgraft.export._program import refusing
from taskgraft.export._target import Files, Job, Outputs, Pixels, Runtime, Target
from taskgraft.inference import import_openvino, keep_pools_before_activations

_WEIGHTS = ".bin"
_NAME = "model"
# Smaller constants weigh nothing.
_FEWEST = 64


class OpenVinoTarget(Target):
    """In bf16 the weights are stored in it; what is computed in, whoever runs it chooses."""

    name = "openvino"
    suffix = ".xml"
    packages = {**OnnxTarget.packages, "openvino": "openvino"}  # noqa: RUF012
    precisions = ("f32", "bf16", "int8")

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The weights, and the graph that refers to them."""
        return (_WEIGHTS, self.suffix)

    def files(self, job: Job) -> Files:
        """The weights, and the graph that refers to them."""
        openvino = import_openvino("openvino")
        content = onnx_model(job).SerializeToString()
        with TemporaryDirectory() as folder:
            source = Path(folder) / f"{_NAME}.onnx"
            source.write_bytes(content)
            with refusing("the network", "one made of operators that OpenVINO has"):
                model = openvino.convert_model(source)
            keep_pools_before_activations(model)
            if job.precision == "bf16":
                _store_bf16(model)
            for key, value in as_entries(job.description).items():
                model.set_rt_info(value, [PREFIX, key])
            path = Path(folder) / f"{_NAME}{self.suffix}"
            openvino.save_model(model, path, compress_to_fp16=False)
            return {ending: path.with_suffix(ending).read_bytes() for ending in self.suffixes}

    def runtime(self, files: Files) -> tuple[Runtime, Description]:
        """Run by OpenVINO on the CPU, in f32."""
        core: Any = import_openvino("openvino").Core()
        with TemporaryDirectory() as folder:
            for ending, content in files.items():
                (Path(folder) / f"{_NAME}{ending}").write_bytes(content)
            model = core.read_model(Path(folder) / f"{_NAME}{self.suffix}")
            compiled = core.compile_model(
                model,
                "CPU",
                {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()},
            )
        # Compiled, an output may have further names.
        names = [output.get_any_name() for output in model.outputs]

        def run(pixels: Pixels) -> Outputs:
            results = compiled(pixels)
            return {name: results[name].copy() for name in names}

        entries = model.get_rt_info()[PREFIX]
        return run, from_entries({key: value.astype(str) for key, value in entries.items()})


def _store_bf16(model: Any) -> None:
    """Stores constants in bf16 that hold nothing else: reading the graph has widened them."""
    openvino, operators = import_openvino("openvino"), import_openvino("openvino.opset13")
    for constant in model.get_ordered_ops():
        if constant.get_type_name() != "Constant" or constant.get_element_type() != openvino.Type.f32:
            continue
        values = torch.from_numpy(constant.data.copy())
        rounded = values.bfloat16()
        if values.numel() < _FEWEST or not torch.equal(rounded.float(), values):
            continue
        bits = rounded.view(torch.int16).numpy().view(np.uint16)
        stored = openvino.op.Constant(
            openvino.Tensor(bits, bits.shape, openvino.Type.bf16), shared_memory=False
        )
        constant.output(0).replace(operators.convert(stored, "f32").output(0))
