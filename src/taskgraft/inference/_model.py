"""A trained model: a network, and all that is needed to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.errors import RequestError, unknown_name
from taskgraft.hardware import PRECISIONS, Hardware, Precision, choose_hardware
from taskgraft.inference._about import about, about_html
from taskgraft.inference._answers import answers_of, calibrated
from taskgraft.inference._build import build_network
from taskgraft.inference._class_numbers import checked_classes
from taskgraft.inference._description import ModelDescription
from taskgraft.inference._images import check_images
from taskgraft.inference._predict import (
    Images,
    Logits,
    Predictor,
    check_finite,
    predict,
    prediction_batch,
)
from taskgraft.inference._predictions import Predictions, joined_predictions
from taskgraft.inference._predictor import TorchEngine
from taskgraft.inference._promised_threshold import promised_threshold
from taskgraft.inference._remap import Remap, remapped
from taskgraft.kinds import ARRAY, NAME, NONE, NUMBER, WHOLE_NUMBER, of_class, of_kinds, several
from taskgraft.network import Network
from taskgraft.parameter import Parameter
from taskgraft.scores import CONFIDENCE, Answers, depths_at
from taskgraft.taxonomy import IntArray, Taxonomy

if TYPE_CHECKING:
    from taskgraft.pictures import Batch

_NOTE_ON_FIT = (
    "Pictures of another size were cropped to {} x {}. The training images came as pixels that nobody "
    "resized, so how well the model does on resized ones is not known."
)


class Model:
    """A trained model, as `read_model` gives it.

    Args:
        network: In evaluation mode.
        description: Of this network.

    Attributes:
        network: The network, on the CPU.
        description: What it predicts, from what, and where it came from.
        precision: In which it predicts; None for the one that is fastest here.

    Example:
        >>> from taskgraft.inference import read_model
        >>> model = read_model("model.safetensors")  # doctest: +SKIP
        >>> [prediction.sure for prediction in model.predict("photos/")]  # doctest: +SKIP
    """

    def __init__(
        self, network: Network, description: ModelDescription, precision: Precision | None = None
    ) -> None:
        self.network = network
        self.description = description
        self.precision = precision

    def __repr__(self) -> str:
        return about(self.description)

    def _repr_html_(self) -> str:
        return about_html(self.description)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The levels, their classes and their tree."""
        return self.description.taxonomy.taxonomy()

    @cached_property
    def remap(self) -> Remap | None:
        """What makes logits of `taxonomy` of the network's; None where the network predicts it."""
        described = self.description.remap
        return None if described is None else Remap(described, self.taxonomy).eval()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of its images."""
        return self.description.network.image_shape

    @of_kinds(precision=NAME)
    def in_precision(self, precision: str) -> Model:
        """The same model, that predicts in a precision of your choice, not the one that is fastest here.

        Args:
            precision: `f32`; or `bf16`, which is emulated where the hardware has none.

        Raises:
            RequestError: If it is another one.

        Example:
            >>> read_model("model.safetensors").in_precision("f32").predict("photos/")  # doctest: +SKIP
        """
        chosen = next((each for each in PRECISIONS if each == precision), None)
        if chosen is None:
            raise unknown_name(Parameter("precision"), precision, PRECISIONS)
        return Model(self.network, self.description, chosen)

    @of_kinds(hardware=of_class("a Hardware", Hardware))
    def on(self, hardware: Hardware) -> Predictor:
        """The model as a function of uint8 images (B, C, H, W), to f32 logits (B, K) of each level.

        Args:
            hardware: Where and in which precision to compute.
        """
        engine = TorchEngine(self.network, hardware, flip=self.description.test_time_flip)
        return engine if self.remap is None else remapped(engine, self.remap)

    @of_kinds(target_accuracy=NUMBER | NONE, confidence=NUMBER, num_alternatives=WHOLE_NUMBER)
    def predict(
        self,
        pictures: Any,
        *,
        target_accuracy: float | None = None,
        confidence: float = CONFIDENCE,
        num_alternatives: int = 0,
    ) -> Predictions:
        """Says of pictures which path from the root to a leaf they show, and how far down that is sure.

        Args:
            pictures: A path or a folder, the bytes of a picture file, a Pillow image, uint8 pixels as an
                array or a tensor (one picture, or a stack of them), or several of all these, in a list or
                from a generator. Pixels of `image_shape` are taken as they are; pictures of another shape
                are resized as the training pictures were.
            target_accuracy: Share of the pictures whose answer has to be right, above 0 and below 1; answers
                then go down their path only as far as keeps that promise. None for answers at every level.
            confidence: With which the promise holds, over draws of the validation images.
            num_alternatives: How many of the most probable paths to list for each picture.

        Raises:
            RequestError: If something is no picture, or the target cannot be promised.

        Example:
            >>> model = read_model("model.safetensors")  # doctest: +SKIP
            >>> model.predict("photo.jpg")[0].path  # doctest: +SKIP
            (Node(level='kind', name='Apple', prob=0.93), Node(level='variety', name='Gala', prob=0.61))
        """
        parts = self.predict_batches(
            pictures,
            target_accuracy=target_accuracy,
            confidence=confidence,
            num_alternatives=num_alternatives,
        )
        return joined_predictions(list(parts))

    @of_kinds(target_accuracy=NUMBER | NONE, confidence=NUMBER, num_alternatives=WHOLE_NUMBER)
    def predict_batches(
        self,
        pictures: Any,
        *,
        target_accuracy: float | None = None,
        confidence: float = CONFIDENCE,
        num_alternatives: int = 0,
    ) -> Iterator[Predictions]:
        """The same, a few hundred pictures at a time: memory stays flat, however many there are.

        Yields:
            What could be read of the next pictures, in order, and what could not. Of no picture at all, one
            that is empty.

        Example:
            >>> model = read_model("model.safetensors")  # doctest: +SKIP
            >>> for predictions in model.predict_batches(Path("photos").rglob("*.jpg")):  # doctest: +SKIP
            ...     print(predictions.path_probs.shape)
        """
        threshold = self.threshold(target_accuracy, confidence)
        if num_alternatives < 0 or (num_alternatives and not self.taxonomy.is_tree):
            rule = "0 or more" if num_alternatives < 0 else "0 where there is no tree"
            raise RequestError.expected(
                Parameter("num_alternatives"), rule, num_alternatives, "Leave it out."
            )
        return self._predicted(pictures, threshold, num_alternatives)

    def notes_on_fit(self) -> tuple[str, ...]:
        """What to say of pictures of another size than the model's, where nobody said how that is met."""
        is_guessed = self.description.preprocessing.fit is None
        return (_NOTE_ON_FIT.format(*self.image_shape[1:]),) if is_guessed else ()

    def _predicted(
        self, pictures: Any, threshold: float | None, num_alternatives: int
    ) -> Iterator[Predictions]:
        # Whoever predicts pixels needs nothing that reads pictures.
        from taskgraft.pictures import Batch, batches  # noqa: PLC0415

        fit, is_empty = self.description.preprocessing.fit, True
        for batch in batches(pictures, self.image_shape, fit, prediction_batch(self.image_shape)):
            notes = self.notes_on_fit() if batch.is_guessed else ()
            yield self._judged(batch, threshold, num_alternatives, notes)
            is_empty = False
        if is_empty:
            nothing = Batch(np.empty((0, *self.image_shape), np.uint8))
            yield self._judged(nothing, threshold, num_alternatives)

    def _judged(
        self, batch: Batch, threshold: float | None, num_alternatives: int, notes: tuple[str, ...] = ()
    ) -> Predictions:
        answers = self.answers_of(self._logits_of(batch.pixels))
        return Predictions(
            self.taxonomy,
            tuple(batch.names),
            answers.preds,
            tuple(answers.probs),
            answers.certainties,
            # Where nothing is demanded, everything is sure enough.
            depths_at(answers.certainties, 0.0 if threshold is None else threshold),
            threshold,
            num_alternatives,
            tuple(batch.bad),
            notes,
        )

    def _logits_of(self, pixels: Images) -> Logits:
        if not len(pixels):
            # Not every network takes a batch of none.
            return [np.empty((0, k), np.float32) for k in self.taxonomy.num_classes]
        logits = predict(self._predictor, [pixels])
        check_finite(logits, self.taxonomy.level_names)
        return logits

    def threshold(
        self,
        target_accuracy: float | None,
        confidence: float = CONFIDENCE,
        num_future: int | None = None,
    ) -> float | None:
        """The least certainty of a class that is said, for answers that are right often enough.

        An answer is right if the classes that it says are; saying none is not wrong.

        Args:
            target_accuracy: Share of all pictures whose answer has to be right, above 0 and below 1; None
                gives None.
            confidence: With which that holds, over draws of the validation images.
            num_future: Keeps the promise for the share of so many pictures yet to come, which chance may
                treat worse than all that there ever will be; the threshold is higher then.

        Raises:
            RequestError: If validation images cannot promise it.

        Example:
            >>> read_model("model.safetensors").threshold(0.95)  # doctest: +SKIP
            0.8733215
        """
        return promised_threshold(self.description.promise, target_accuracy, confidence, num_future)

    def logits(self, images: Images) -> Logits:
        """Logits of each level, coarsest first: float32 of shape (N, K).

        Args:
            images: uint8 of shape (N, C, H, W), of the model's `image_shape`.

        Raises:
            RequestError: If they are something else.
        """
        check_images(images, self.image_shape)
        size = prediction_batch(self.image_shape)
        starts = range(0, max(1, len(images)), size)
        # Written by nobody, but torch warns of what cannot be.
        parts = (np.require(images[i : i + size], requirements=["C", "W"]) for i in starts)
        return predict(self._predictor, parts)

    def probs(self, images: Images) -> list[npt.NDArray[np.float64]]:
        """Calibrated probabilities of each level, coarsest first, float64 of shape (N, K): each head's."""
        return self.probs_of(self.logits(images))

    @of_kinds(logits=several("a list of arrays", ARRAY.holds))
    def probs_of(self, logits: Logits) -> list[npt.NDArray[np.float64]]:
        """Calibrated probabilities of logits of this model: the softmax of logits / temperature."""
        return calibrated(logits, self.taxonomy, self.description.temperatures)

    @of_kinds(logits=several("a list of arrays", ARRAY.holds))
    def answers_of(self, logits: Logits) -> Answers:
        """What the model answers, given its logits: paths, probabilities along the tree, certainties."""
        used = self.description
        return answers_of(logits, self.taxonomy, used.decoding, used.temperatures, used.pool_weights)

    def named(self, preds: IntArray | Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
        """Names of predicted classes (N, L), a tuple an image.

        Raises:
            RequestError: If they are no classes of the model's levels; -1, an unknown label, is none.
        """
        levels = self.taxonomy.levels
        numbers = checked_classes(preds, self.taxonomy)
        return [
            tuple(level.classes[k] for level, k in zip(levels, row, strict=True)) for row in numbers.tolist()
        ]

    @cached_property
    def _predictor(self) -> Predictor:
        hardware = choose_hardware()
        return self.on(replace(hardware, precision=self.precision or hardware.precision))

    def __reduce__(self) -> tuple[Callable[..., Model], tuple[Any, ...]]:
        """What is pickled: the description and the weights as plain arrays, no code of torch."""
        weights = {name: tensor.cpu().numpy() for name, tensor in self.network.state_dict().items()}
        return _restored, (self.description.model_dump_json(), weights, self.precision)


def _restored(
    description: str, weights: Mapping[str, npt.NDArray[Any]], precision: Precision | None = None
) -> Model:
    # Models that were pickled before there were precisions name none.
    checked = ModelDescription.model_validate_json(description)
    # Copied: arrays that joblib maps for its workers cannot be written, of which torch would warn.
    tensors = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
    return Model(build_network(checked, tensors), checked, precision)
