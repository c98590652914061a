"""A trained model: a network, and all that is needed to use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.errors import Phrase, RequestError
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.inference._build import build_network
from taskgraft.inference._description import ModelDescription
from taskgraft.inference._predict import (
    PREDICTION_BATCH,
    Images,
    Logits,
    Predictor,
    mirror_averaged,
    predict,
)
from taskgraft.inference._predictor import TorchEngine
from taskgraft.kinds import of_class, of_kinds
from taskgraft.network import Network
from taskgraft.scores import DECODINGS, probs_of
from taskgraft.taxonomy import IntArray, Taxonomy


class Model:
    """A trained model, as `read_model` gives it.

    Args:
        network: In evaluation mode.
        description: Of this network.

    Attributes:
        network: The network, on the CPU.
        description: What it predicts, from what, and where it came from.

    Example:
        >>> from taskgraft.inference import read_model
        >>> model = read_model("model.safetensors")  # doctest: +SKIP
        >>> model.named(model.predict(images))  # doctest: +SKIP
        [('animal', 'cat'), ('vehicle', 'van')]
    """

    def __init__(self, network: Network, description: ModelDescription) -> None:
        self.network = network
        self.description = description

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The levels, their classes and their tree."""
        return self.description.taxonomy.taxonomy()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of its images."""
        return self.description.network.image_shape

    @of_kinds(hardware=of_class("a Hardware", Hardware))
    def on(self, hardware: Hardware) -> Predictor:
        """The model as a function of uint8 images (B, C, H, W), to f32 logits (B, K) of each level.

        Args:
            hardware: Where and in which precision to compute.
        """
        engine = TorchEngine(self.network, hardware)
        return mirror_averaged(engine) if self.description.test_time_flip else engine

    def logits(self, images: Images) -> Logits:
        """Logits of each level, coarsest first: float32 of shape (N, K).

        Args:
            images: uint8 of shape (N, C, H, W), of the model's `image_shape`.

        Raises:
            RequestError: If they are something else.
        """
        self._check(images)
        starts = range(0, max(1, len(images)), PREDICTION_BATCH)
        batches = (np.ascontiguousarray(images[start : start + PREDICTION_BATCH]) for start in starts)
        return predict(self._predictor, batches)

    def probs(self, images: Images) -> list[npt.NDArray[np.float64]]:
        """Probabilities of each level, coarsest first, float64 of shape (N, K): the softmax of `logits`."""
        return [probs_of(level) for level in self.logits(images)]

    def predict(self, images: Images) -> IntArray:
        """Classes chosen by the model's decoding: int64 of shape (N, L), coarsest level first."""
        return DECODINGS[self.description.decoding](self.probs(images), self.taxonomy)

    def named(self, preds: IntArray | Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
        """Names of predicted classes (N, L), a tuple an image.

        Raises:
            RequestError: If they are no classes of the model's levels; -1, an unknown label, is none.
        """
        levels = self.taxonomy.levels
        numbers = self._classes(preds)
        return [
            tuple(level.classes[k] for level, k in zip(levels, row, strict=True)) for row in numbers.tolist()
        ]

    def _classes(self, preds: Any) -> IntArray:
        """Classes of each level as an array, of whatever they came in."""
        num_levels = self.taxonomy.num_levels
        try:
            numbers = np.asarray(preds)
        # Rows of different lengths.
        except ValueError:
            numbers = np.empty(0, object)
        if numbers.dtype.kind not in "iu" or numbers.ndim != 2 or numbers.shape[1] != num_levels:
            got = f"{numbers.dtype} of shape {numbers.shape}"
            rule = f"integers of shape (N, {num_levels})"
            raise RequestError.expected("preds", rule, Phrase(got), "Pass what `predict` gives.")
        for level, column in zip(self.taxonomy.levels, numbers.T, strict=True):
            wrong = column[(column < 0) | (column >= level.num_classes)]
            if len(wrong):
                rule = f"from 0 to {level.num_classes - 1}"
                raise RequestError.expected(
                    f"the classes of level {level.name!r}", rule, int(wrong[0]), "Leave such images out."
                )
        return numbers

    @cached_property
    def _predictor(self) -> Predictor:
        return self.on(choose_hardware())

    def _check(self, images: Any) -> None:
        is_array = isinstance(images, np.ndarray)
        if is_array and images.dtype == np.uint8 and images.shape[1:] == self.image_shape:
            return
        got = f"{images.dtype} of shape {images.shape}" if is_array else type(images).__name__
        shape = ", ".join(map(str, ("N", *self.image_shape)))
        raise RequestError.expected(
            "images", f"a uint8 array of shape ({shape})", got, "Resize and convert them first."
        )

    def __reduce__(self) -> tuple[Callable[..., Model], tuple[str, dict[str, npt.NDArray[Any]]]]:
        """What is pickled: the description and the weights as plain arrays, no code of torch."""
        weights = {name: tensor.cpu().numpy() for name, tensor in self.network.state_dict().items()}
        return _restored, (self.description.model_dump_json(), weights)


def _restored(description: str, weights: Mapping[str, npt.NDArray[Any]]) -> Model:
    checked = ModelDescription.model_validate_json(description)
    # Copied: arrays that joblib maps for its workers cannot be written, of which torch would warn.
    tensors = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
    return Model(build_network(checked, tensors), checked)
