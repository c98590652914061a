"""A trained network as a function of images, and what that costs."""

from taskgraft.inference._fold import folded
from taskgraft.inference._inference_cost import InferenceCost, measure_inference
from taskgraft.inference._predict import predict_logits
from taskgraft.inference._predictor import TorchEngine, predictor

__all__ = [
    "InferenceCost",
    "TorchEngine",
    "folded",
    "measure_inference",
    "predict_logits",
    "predictor",
]
