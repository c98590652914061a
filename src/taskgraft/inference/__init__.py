"""A trained network as a function of images: its file, its predictions, and what they cost."""

from taskgraft.inference._about import identity
from taskgraft.inference._describe import describe_model, origin_of
from taskgraft.inference._description import (
    ModelDescription,
    Origin,
    Preprocessing,
    PromiseDescription,
    versions_of,
)
from taskgraft.inference._fit_use import Use, fit_use
from taskgraft.inference._fold import folded
from taskgraft.inference._inference_cost import measure_inference
from taskgraft.inference._model import Model
from taskgraft.inference._model_file import ModelFileError, check_extent, read_model, write_model
from taskgraft.inference._openvino import has_openvino, import_openvino, keep_pools_before_activations
from taskgraft.inference._predict import predict, predict_logits, prediction_batch
from taskgraft.inference._prediction import Node, Path, Prediction, joined, percent, without_stand_ins
from taskgraft.inference._predictions import Predictions
from taskgraft.inference._predictor import TorchEngine, predictor
from taskgraft.inference._seal import model_digest
from taskgraft.inference._tree_description import (
    RemapDescription,
    TaxonomyDescription,
    TreeVersion,
    only_finest,
)

__all__ = [
    "Model",
    "ModelDescription",
    "ModelFileError",
    "Node",
    "Origin",
    "Path",
    "Prediction",
    "Predictions",
    "Preprocessing",
    "PromiseDescription",
    "RemapDescription",
    "TaxonomyDescription",
    "TorchEngine",
    "TreeVersion",
    "Use",
    "check_extent",
    "describe_model",
    "fit_use",
    "folded",
    "has_openvino",
    "identity",
    "import_openvino",
    "joined",
    "keep_pools_before_activations",
    "measure_inference",
    "model_digest",
    "only_finest",
    "origin_of",
    "percent",
    "predict",
    "predict_logits",
    "prediction_batch",
    "predictor",
    "read_model",
    "versions_of",
    "without_stand_ins",
    "write_model",
]
