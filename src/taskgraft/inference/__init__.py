"""A trained network as a function of images: its file, its predictions, and what they cost."""

from taskgraft.inference._describe import Use, describe_model, fit_use, origin_of
from taskgraft.inference._description import (
    CertaintyDescription,
    ModelDescription,
    Origin,
    Preprocessing,
)
from taskgraft.inference._fold import folded
from taskgraft.inference._inference_cost import InferenceCost, measure_inference
from taskgraft.inference._model import Model
from taskgraft.inference._model_file import ModelFileError, read_model, write_model
from taskgraft.inference._openvino import has_openvino, import_openvino, keep_pools_before_activations
from taskgraft.inference._predict import PREDICTION_BATCH, predict, predict_logits
from taskgraft.inference._predictions import Node, Prediction, Predictions
from taskgraft.inference._predictor import TorchEngine, predictor

__all__ = [
    "PREDICTION_BATCH",
    "CertaintyDescription",
    "InferenceCost",
    "Model",
    "ModelDescription",
    "ModelFileError",
    "Node",
    "Origin",
    "Prediction",
    "Predictions",
    "Preprocessing",
    "TorchEngine",
    "Use",
    "describe_model",
    "fit_use",
    "folded",
    "has_openvino",
    "import_openvino",
    "keep_pools_before_activations",
    "measure_inference",
    "origin_of",
    "predict",
    "predict_logits",
    "predictor",
    "read_model",
    "write_model",
]
