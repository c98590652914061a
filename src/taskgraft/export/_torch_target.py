"""`.pt2`: a program of torch, which torch alone loads."""

from __future__ import annotations

import json
from io import BytesIO

import torch

from taskgraft.export._description import Description, as_text
from taskgraft.export._graph import ExportGraph
from taskgraft.export._program import quietly, traced
from taskgraft.export._target import Files, Job, Outputs, Pixels, Runtime, Target

EXTRA_FILE = "taskgraft.json"
"""Under which name the description stands in the file."""


class TorchTarget(Target):
    """In bf16 the layers compute in it."""

    name = "torch"
    suffix = ".pt2"
    precisions = ("f32", "bf16")

    def files(self, job: Job) -> Files:
        """One file."""
        precision = torch.bfloat16 if job.precision == "bf16" else torch.float32
        graph = ExportGraph(job.model, precision, job.threshold).eval()
        file = BytesIO()
        with quietly():
            torch.export.save(
                traced(graph, job.model.image_shape),
                file,
                extra_files={EXTRA_FILE: as_text(job.description)},
            )
        return {self.suffix: file.getvalue()}

    def runtime(self, files: Files) -> tuple[Runtime, Description]:
        """Run as `torch.export.load(file).module()`."""
        extra = {EXTRA_FILE: ""}
        with quietly():
            program = torch.export.load(BytesIO(files[self.suffix]), extra_files=extra)
            module = program.module()

        @torch.inference_mode()
        def run(pixels: Pixels) -> Outputs:
            return {name: values.numpy() for name, values in module(torch.from_numpy(pixels)).items()}

        return run, json.loads(extra[EXTRA_FILE])
