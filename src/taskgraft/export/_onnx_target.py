"""`.onnx`: for onnxruntime and everything else that reads ONNX."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from taskgraft.export._description import PREFIX, Description, as_entries, from_entries
from taskgraft.export._graph import ExportGraph
from taskgraft.export._names import PIXELS
from taskgraft.export._onnx_weights import narrow_weights
from taskgraft.export._program import ExportError, quietly, refusing, traced
from taskgraft.export._quantise import quantised
from taskgraft.export._target import Files, Job, Outputs, Pixels, Runtime, Target

BATCH = "batch"
# A file of Protocol Buffers holds no more.
_MOST_BYTES = 2**31 - 1


class OnnxTarget(Target):
    """In bf16 the weights are stored in it, and computed with in f32: few runtimes have its operators."""

    name = "onnx"
    suffix = ".onnx"
    packages = {"onnx": "onnx", "onnxscript": "onnx", "onnxruntime": "onnx"}  # noqa: RUF012
    precisions = ("f32", "bf16", "int8")

    def files(self, job: Job) -> Files:
        """One file."""
        model = onnx_model(job)
        for key, value in as_entries(job.description).items():
            model.metadata_props.add(key=f"{PREFIX}.{key}", value=value)
        return {self.suffix: model.SerializeToString()}

    def runtime(self, files: Files) -> tuple[Runtime, Description]:
        """Run by onnxruntime on the CPU."""
        onnxruntime: Any = import_module("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            files[self.suffix], options, providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in session.get_outputs()]

        def run(pixels: Pixels) -> Outputs:
            return dict(zip(names, session.run(names, {PIXELS: pixels}), strict=True))

        entries = session.get_modelmeta().custom_metadata_map
        begin = f"{PREFIX}."
        ours = {key: value for key, value in entries.items() if key.startswith(begin)}
        return run, from_entries({key.removeprefix(begin): value for key, value in ours.items()})


def onnx_model(job: Job) -> Any:
    """The model as ONNX, in the precision of the job, without a description.

    Raises:
        ExportError: If an operator of the network has no counterpart, or the network is too large.
    """
    graph = ExportGraph(job.model, torch.float32, job.threshold).eval()
    program = traced(graph, job.model.image_shape)
    with refusing("the network", "one made of operators that ONNX has"), quietly():
        exported: Any = torch.onnx.export(
            program,
            (),
            input_names=[PIXELS],
            output_names=graph.output_names,
            dynamo=True,
            verbose=False,
        )
    model = exported.model_proto
    if model.ByteSize() > _MOST_BYTES:
        raise ExportError.expected(
            "a network as ONNX", "of at most 2 GiB", f"{model.ByteSize():,} bytes", "Export to torch."
        )
    _name_batch(model)
    _forget_origin(model)
    if job.precision == "bf16":
        narrow_weights(model, "bf16")
    elif job.precision == "int8":
        with refusing("the network", "one that onnxruntime can quantise"):
            model = quantised(model, job.calibration)
    with refusing("the file", "a valid ONNX model"):
        import_module("onnx.checker").check_model(model, full_check=True)
    return model


def _name_batch(model: Any) -> None:
    """Gives the size that is left open a name that says what it is."""
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    symbol = model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    for size in (size for value in values for size in value.type.tensor_type.shape.dim):
        if size.dim_param == symbol:
            size.dim_param = BATCH


def _forget_origin(model: Any) -> None:
    """Takes off what the exporter notes of each node: lines of code, and where they stand on this machine."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        del part.metadata_props[:]
