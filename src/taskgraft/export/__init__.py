"""A trained model as a file that needs nothing of ours: ONNX, torch.export, OpenVINO."""

from taskgraft.export._export import SIDECAR, TARGETS, Exported, check_request, export
from taskgraft.export._names import outputs_of
from taskgraft.export._parity import BATCHES, TOLERANCE, Parity
from taskgraft.export._pictures import LabelledPictures
from taskgraft.export._program import ExportError
from taskgraft.export._target import Job, Runtime, Target

__all__ = [
    "BATCHES",
    "SIDECAR",
    "TARGETS",
    "TOLERANCE",
    "ExportError",
    "Exported",
    "Job",
    "LabelledPictures",
    "Parity",
    "Runtime",
    "Target",
    "check_request",
    "export",
    "outputs_of",
]
