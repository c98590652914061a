"""A network exported to ONNX and run by onnxruntime, as whoever has the file alone runs it."""

from __future__ import annotations

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.export import TARGETS, Job, Runtime
from taskgraft.hardware import Hardware
from taskgraft.inference import Model, describe_model, origin_of
from taskgraft.recipe import Recipe
from taskgraft.training import Job as Training
from taskgraft.training import untrained_network


def onnx_runtime(architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware) -> Runtime:
    """The untrained network's file in f32, ready to run; a trained one takes as long.

    Args:
        architecture: What predicts.
        data: Whose classes and images.
        recipe: Whose network.
        hardware: What the network is made for; onnxruntime computes on the CPU with torch's threads.
    """
    network = untrained_network(Training(architecture, data, recipe, hardware), 0)
    origin = origin_of(architecture.name, data, seed=None)
    model = Model(network.cpu().eval(), describe_model(network, recipe, data, origin))
    target = TARGETS["onnx"]
    return target.runtime(target.files(Job(model, "f32", threshold=None, description={})))[0]
