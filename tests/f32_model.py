"""A model that predicts in f32 on every machine, as an exported file computes."""

from __future__ import annotations

from taskgraft.hardware import Hardware
from taskgraft.inference import Model

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)


def in_f32(model: Model) -> Model:
    """The same model, whose `predict` does not choose the fastest precision of the machine."""
    exact = Model(model.network, model.description)
    # Where a model keeps the predictor that it has chosen.
    exact.__dict__["_predictor"] = exact.on(F32)
    return exact
