"""A trained model: a network, and all that is needed to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.errors import RequestError
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
from taskgraft.inference._predictions import Predictions
from taskgraft.inference._predictor import TorchEngine
from taskgraft.inference._seal import model_digest
from taskgraft.network import Network
from taskgraft.parameter import Parameter
from taskgraft.scores import CONFIDENCE, DECODINGS, along_path, depths_at, probs_of, tree_probs
from taskgraft.taxonomy import IntArray, Taxonomy

if TYPE_CHECKING:
    from taskgraft.pictures import BadImage, Fit, NamedPicture


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
        >>> [prediction.sure for prediction in model.predict("photos/")]  # doctest: +SKIP
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

    @property
    def fit(self) -> Fit:
        """How pictures of another shape are met; `crop` where nobody knows how the training pictures were."""
        return self.description.preprocessing.fit or "crop"

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the description and the weights: what its file has as `sha256`."""
        return model_digest(self.network, self.description)

    def on(self, hardware: Hardware) -> Predictor:
        """The model as a function of uint8 images (B, C, H, W), to f32 logits (B, K) of each level.

        Args:
            hardware: Where and in which precision to compute.
        """
        engine = TorchEngine(self.network, hardware)
        return mirror_averaged(engine) if self.description.test_time_flip else engine

    def predict(
        self,
        pictures: Any,
        *,
        target_accuracy: float | None = None,
        confidence: float = CONFIDENCE,
        num_alternatives: int = 0,
        hardware: Hardware | None = None,
    ) -> Predictions:
        """Says of pictures which path from the root to a leaf they show, and how far down that is sure.

        Args:
            pictures: A path or a folder, the bytes of a picture file, a Pillow image, uint8 pixels as an
                array or a tensor (one picture, or a stack of them), or a sequence of all these. Pictures of
                another shape are resized as the training pictures were.
            target_accuracy: Share of the pictures whose answer has to be right, above 0 and below 1; answers
                then go down their path only as far as keeps that promise. None for answers at every level.
            confidence: With which the promise holds, over draws of the validation images.
            num_alternatives: How many of the most probable paths to list for each picture.
            hardware: Where and in which precision to compute; the fastest of this machine unless given.

        Raises:
            RequestError: If something is no picture, or the target cannot be promised.

        Example:
            >>> model = read_model("model.safetensors")  # doctest: +SKIP
            >>> model.predict("photo.jpg")[0].path  # doctest: +SKIP
            (Node(level='kind', name='Apple', prob=0.93), Node(level='variety', name='Gala', prob=0.61))
        """
        threshold = self.threshold(target_accuracy, confidence)
        if num_alternatives and not self.taxonomy.is_tree:
            raise RequestError.expected(
                Parameter("num_alternatives"), "0 where there is no tree", num_alternatives, "Leave it out."
            )
        # Whoever predicts pixels needs nothing that reads pictures.
        from taskgraft.pictures import named_pictures  # noqa: PLC0415

        names: list[str] = []
        bad: list[BadImage] = []
        predictor = self._predictor if hardware is None else self.on(hardware)
        logits = predict(predictor, self._batches(named_pictures(pictures), names, bad))
        preds, nested, depths = self.answers(logits, threshold)
        return Predictions(
            self.taxonomy, tuple(names), preds, nested, depths, threshold, num_alternatives, tuple(bad)
        )

    def answers(
        self, logits: Logits, threshold: float | None = None
    ) -> tuple[IntArray, tuple[npt.NDArray[np.float64], ...], IntArray]:
        """What logits of this model mean.

        Args:
            logits: Of each level, coarsest first, shape (N, K).
            threshold: The least probability of a class that is sure; None where all are.

        Returns:
            The path of each image (N, L); of each level, the probabilities (N, K) that it rests on; to how
            many levels the path is sure (N,).
        """
        probs = self.probs_of(logits)
        preds = self.decide(probs)
        nested = tree_probs(probs, self.taxonomy, self.description.decoding)
        return preds, tuple(nested), depths_at(along_path(nested, preds), threshold or 0.0)

    def threshold(self, target_accuracy: float | None, confidence: float = CONFIDENCE) -> float | None:
        """The least probability of a class that is said, for answers that are right often enough.

        Args:
            target_accuracy: As in `predict`; None gives None.
            confidence: Likewise.

        Raises:
            RequestError: If validation images cannot promise it.
        """
        if target_accuracy is None:
            return None
        for name, value in {"target_accuracy": target_accuracy, "confidence": confidence}.items():
            if not 0 < value < 1:
                raise RequestError.expected(Parameter(name), "above 0 and below 1", value, "Try 0.95.")
        if self.description.certainty is None:
            raise RequestError.expected(
                Parameter("target_accuracy"),
                "left out for a model without a tree, or without validation images labelled at every level",
                target_accuracy,
                "Predict without it.",
            )
        curve = self.description.certainty.curve()
        threshold = curve.threshold(target_accuracy, confidence)
        if threshold is None:
            raise RequestError.expected(
                Parameter("target_accuracy"),
                f"one that {curve.num_images:,} validation images can promise",
                target_accuracy,
                "Ask for less, or train with more validation images.",
            )
        return threshold

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
        """Calibrated probabilities of each level, coarsest first, float64 of shape (N, K): each head's."""
        return self.probs_of(self.logits(images))

    def probs_of(self, logits: Logits) -> list[npt.NDArray[np.float64]]:
        """Calibrated probabilities of logits of this model: the softmax of logits / temperature."""
        temperatures = self.description.temperatures or {}
        levels = zip(self.taxonomy.level_names, logits, strict=True)
        return [probs_of(level / (temperatures.get(name) or 1.0)) for name, level in levels]

    def decide(self, probs: Sequence[npt.NDArray[np.float64]]) -> IntArray:
        """Classes chosen by the model's decoding from `probs`: int64 (N, L), coarsest level first."""
        return DECODINGS[self.description.decoding](probs, self.taxonomy)

    def named(self, preds: IntArray) -> list[tuple[str, ...]]:
        """Names of predicted classes (N, L), a tuple an image."""
        levels = self.taxonomy.levels
        return [
            tuple(level.classes[k] for level, k in zip(levels, row, strict=True)) for row in preds.tolist()
        ]

    def _batches(
        self, pictures: Sequence[NamedPicture], names: list[str], bad: list[BadImage]
    ) -> Iterator[Images]:
        """Batches of what can be read; the names of those, and what cannot, are noted on the way."""
        from taskgraft.pictures import BadImage, prepared  # noqa: PLC0415

        batch: list[Images] = []
        for picture, pixels in zip(pictures, prepared(pictures, self.image_shape, self.fit), strict=True):
            if isinstance(pixels, BadImage):
                bad.append(pixels)
                continue
            names.append(picture.name)
            batch.append(pixels)
            if len(batch) == PREDICTION_BATCH:
                yield np.stack(batch)
                batch = []
        if batch or not names:
            yield np.stack(batch) if batch else np.empty((0, *self.image_shape), np.uint8)

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
