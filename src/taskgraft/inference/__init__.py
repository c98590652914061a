"""A trained network as a function of images: its file, its predictions, and what they cost."""

from taskgraft.inference._describe import describe_model, origin_of
from taskgraft.inference._description import ModelDescription, Origin, Preprocessing, PromiseDescription
from taskgraft.inference._fit_use import Use, fit_use
from taskgraft.inference._fold import folded
from taskgraft.inference._inference_cost import InferenceCost, measure_inference
from taskgraft.inference._model import Model
from taskgraft.inference._model_file import ModelFileError, read_model, write_model
from taskgraft.inference._predict import PREDICTION_BATCH, predict, predict_logits
from taskgraft.inference._predictions import Node, Prediction, Predictions
from taskgraft.inference._predictor import TorchEngine, predictor

__all__ = [
    "PREDICTION_BATCH",
    "InferenceCost",
    "Model",
    "ModelDescription",
    "ModelFileError",
    "Node",
    "Origin",
    "Prediction",
    "Predictions",
    "Preprocessing",
    "PromiseDescription",
    "TorchEngine",
    "Use",
    "describe_model",
    "fit_use",
    "folded",
    "measure_inference",
    "origin_of",
    "predict",
    "predict_logits",
    "predictor",
    "read_model",
    "write_model",
]
