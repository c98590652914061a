"""What a model's answers take beyond its logits: `Model.predict` of a stack beside the bare predictor."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.eager import plain_network
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import choose_hardware, synchronise
from taskgraft.inference import Model, Use, describe_model, origin_of, prediction_batch
from taskgraft.recipe import Recipe

# Few enough that both meet the same noise.
_NUM_BATCHES = 2


class AnswersBench:
    """A model and its bare predictor on the same stack of images.

    Args:
        architecture: What predicts; its weights are the untrained ones, which cost the same.
        data: Where images come from.
        recipe: Whose network.
    """

    def __init__(self, architecture: Architecture, data: Dataset, recipe: Recipe) -> None:
        hardware = choose_hardware()
        network = plain_network(architecture, data, recipe, "cpu").eval()
        use = Use("joint", dict.fromkeys(data.taxonomy.level_names, 1.5))
        origin = origin_of(architecture.name, data, seed=0)
        self._model = Model(network, describe_model(network, recipe, data, origin, use=use))
        self._predictor, self._device = self._model.on(hardware), hardware.device
        self._images = data.images[: _NUM_BATCHES * prediction_batch(data.image_shape)]
        self._answers()
        self._logits()

    def ratio(self, num_calls: int) -> float:
        """Median seconds of the answers over those of the logits, measured in turns.

        Args:
            num_calls: Of each.
        """
        seconds = [(_seconds(self._answers), _seconds(self._logits)) for _ in range(num_calls)]
        answers, logits = np.median(seconds, axis=0)
        return float(answers / logits)

    def _answers(self) -> None:
        self._model.predict(self._images)

    def _logits(self) -> None:
        size = prediction_batch(self._images.shape[1:])
        for start in range(0, len(self._images), size):
            batch = self._images[start : start + size]
            for level in self._predictor(torch.from_numpy(batch)):
                level.cpu()
        synchronise(self._device)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
