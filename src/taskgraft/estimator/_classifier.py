"""`TaskgraftClassifier`: training and predicting in the manner of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]
from sklearn.utils import assert_all_finite, check_random_state  # type: ignore[import-untyped]
from sklearn.utils.multiclass import check_classification_targets  # type: ignore[import-untyped]
from sklearn.utils.validation import (  # type: ignore[import-untyped]
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from taskgraft.architecture import Architecture
from taskgraft.estimator._fitting import Samples, TrainingOptions, decoding_for, fit_model, name_levels
from taskgraft.estimator._global_state import borrowed_hardware
from taskgraft.estimator._kinds import KINDS
from taskgraft.estimator._pixels import PixelMap
from taskgraft.estimator._refusal import EstimatorError, value_errors
from taskgraft.estimator._targets import Array, class_name, columns_of, find_taxonomy, numbered, share_right
from taskgraft.inference import predict, prediction_batch
from taskgraft.kinds import check_kinds, is_whole
from taskgraft.recipe import Recipe
from taskgraft.taxonomy import IntArray, Level

# As precise as the network: more digits would depend on how many images are predicted at once.
Probs = npt.NDArray[np.float32]


class TaskgraftClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network that predicts every level of a label hierarchy, for scikit-learn's tools.

    Labels have a column a level, coarsest first. If each finer class lies under one coarser class they are
    a tree; otherwise the levels are learned side by side. Where there are several levels a label may be
    missing: None, NaN, an empty name or -1.

    Args:
        architecture: What is shared and what flows: a name, or an `Architecture` for the same levels.
        recipe: `auto`, which chooses by the samples; `fast`, `quick`, `accurate`, `original`, or a `Recipe`.
        epochs: In place of the recipe's.
        decoding: How one class a level is decided on: `independent`, `summed`, `joint`, `top-down` or `crm`;
            all but the first need a tree.
        balance: How unequal classes count: `none`, `loss`, `sampler`, or level by level (`fine=loss`); as the
            recipe says if None.
        level_names: Names of the levels, coarsest first, one by one or joined by commas; a data frame's
            columns or `level_1`, ... if None.
        image_shape: Channels, height and width, where rows of `X` are flattened pictures.
        validation_fraction: Share of the samples held out and scored after each epoch for `history_`; None
            trains on all of them. It has no say in the result.
        random_state: A seed, as in a study: the same one gives the same weights. One is drawn from a
            `RandomState`, or from NumPy's global one for None.
        device: `auto`, `cpu`, `cuda` or `mps`.
        num_threads: CPU threads; torch's choice if None.
        verbose: Prints a line an epoch if not 0.

    Attributes:
        classes_: Sorted classes: an array, or a list of one array a level.
        taxonomy_: The levels, and the tree if there is one.
        history_: A dict an epoch: loss, learning rate, seconds; scores of the validation samples if any.
        model_: The trained model, as a study's `model.safetensors` holds it:
            `taskgraft.inference.write_model(path, model_.network, model_.description)` writes one.
        recipe_: The recipe as it was used: `recipe`, made for these samples.
        n_features_in_: Numbers in a sample.

    Example:
        >>> import taskgraft as tg
        >>> data = tg.load("shapes", num_train=320, num_test=64)
        >>> model = TaskgraftClassifier("shared", "quick", epochs=1).fit(data.images, data.labels)
        >>> some = data.images[:5]
        >>> model.predict(some).shape, [probs.shape for probs in model.predict_proba(some)]
        ((5, 2), [(5, 4), (5, 16)])
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants its parameters spelled
        self,
        architecture: str | Architecture = "shared",
        recipe: str | Recipe = "auto",
        *,
        epochs: float | None = None,
        decoding: str = "independent",
        balance: str | None = None,
        level_names: str | Sequence[str] | None = None,
        image_shape: Sequence[int] | None = None,
        validation_fraction: float | None = None,
        random_state: Any = 0,
        device: str = "auto",
        num_threads: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.architecture = architecture
        self.recipe = recipe
        self.epochs = epochs
        self.decoding = decoding
        self.balance = balance
        self.level_names = level_names
        self.image_shape = image_shape
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device
        self.num_threads = num_threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Trains on samples and their labels.

        Args:
            X: Pictures of shape (N, H, W), (N, C, H, W) or (N, H, W, C); flattened ones (N, C * H * W) with
                `image_shape`; or a table (N, D), whose features become channels. Pixels of uint8 are taken as
                they are, other numbers stretched to the range seen here.
            y: Classes, names or whole numbers: shape (N,), or (N, L) coarsest level first.

        Raises:
            ValueError: If X, y or a parameter is wrong, with one line that says which.
        """
        with value_errors():
            check_kinds(self.get_params(deep=False), KINDS)
            pixels = self._validated(X, y, is_fit=True)
            classes, labels = _numbered_levels(y)
            check_consistent_length(pixels, labels)
            names = name_levels(self.level_names, y, len(classes))
            levels = [
                Level(name, tuple(map(class_name, names_or_numbers)))
                for name, names_or_numbers in zip(names, classes, strict=True)
            ]
            self.taxonomy_, labels = find_taxonomy(levels, labels)
            decoding_for(self.decoding, self.taxonomy_)
            self._pixels = PixelMap.learn(pixels, self.image_shape)
            samples = Samples(
                self._pixels(pixels), labels, self.taxonomy_, are_rows=self._pixels.image_shape is None
            )
            options = TrainingOptions(
                **{name: getattr(self, name) for name in TrainingOptions.__dataclass_fields__}
            )
            with borrowed_hardware(self.device, self.num_threads) as hardware:
                self.model_, self.recipe_, self.history_ = fit_model(samples, options, self._seed(), hardware)
                self._predictor = self.model_.on(hardware)
            self._classes = classes
            self.classes_ = classes if len(classes) > 1 else classes[0]
        return self

    def predict(self, X: Any) -> Array:  # noqa: N803
        """Classes: shape (N,), or (N, L) coarsest level first, of the type of `y`."""
        columns = self._predicted(X)
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)

    def predict_proba(self, X: Any) -> Probs | list[Probs]:  # noqa: N803
        """Probabilities of `classes_`, float32: shape (N, K), or a list of one such array a level.

        Each level's by itself, whatever the `decoding`; calibrated where samples were held out.
        """
        probs = [level.astype(np.float32) for level in self._probs(X)]
        return probs[0] if len(probs) == 1 else probs

    def predict_log_proba(self, X: Any) -> Probs | list[Probs]:  # noqa: N803
        """Logarithms of what `predict_proba` gives."""
        probs = self._probs(X)
        with np.errstate(divide="ignore"):
            logs = [np.log(level).astype(np.float32) for level in probs]
        return logs[0] if len(logs) == 1 else logs

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """Share of the samples of which every known label is predicted right.

        Args:
            X: As in `fit`.
            y: True classes, as in `fit`; samples without any known label are left out.
            sample_weight: What each sample counts, shape (N,); all the same if None.
        """
        with value_errors():
            truth = columns_of(y)
            columns = self._predicted(X)
            check_consistent_length(columns[0], truth[0].values, sample_weight)
            return share_right(columns, truth, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        tags.classifier_tags.multi_label = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: everything but the predictor, which `model_` makes again."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_predictor"}

    def _validated(self, X: Any, y: Any = "no_validation", *, is_fit: bool = False) -> Array:  # noqa: N803
        num_axes = X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
        if num_axes <= 2 or y is None:
            array: Array = validate_data(self, X, None if y is None else "no_validation", reset=is_fit)
            return array
        array = check_array(X, allow_nd=True, input_name="X", estimator=self)
        if is_fit:
            self.n_features_in_ = math.prod(array.shape[1:])
        return array

    def _seed(self) -> int:
        if is_whole(self.random_state):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _predicted(self, X: Any) -> list[Array]:  # noqa: N803
        probs = self._probs(X)
        with value_errors():
            numbers = decoding_for(self.decoding, self.taxonomy_)(probs, self.taxonomy_)
        return [classes[chosen] for classes, chosen in zip(self._classes, numbers.T, strict=True)]

    def _probs(self, X: Any) -> list[npt.NDArray[np.float64]]:  # noqa: N803
        check_is_fitted(self)
        with value_errors(), borrowed_hardware(self.device, self.num_threads) as hardware:
            array = self._validated(X)
            if not hasattr(self, "_predictor"):
                self._predictor = self.model_.on(hardware)
            size = prediction_batch(self.model_.image_shape)
            batches = (self._pixels(array[i : i + size]) for i in range(0, len(array), size))
            return self.model_.probs_of(predict(self._predictor, batches))


def _numbered_levels(y: Any) -> tuple[list[Array], IntArray]:
    """The classes of each level, alike in type, and the labels as numbers of shape (N, L)."""
    classes, labels = [], []
    for column in columns_of(y):
        if column.values.dtype.kind == "f":
            assert_all_finite(column.values[column.is_labelled], input_name="y")
        sorted_classes, numbers = numbered(column)
        check_classification_targets(sorted_classes[numbers[column.is_labelled]])
        if len(sorted_classes) < 2:
            raise EstimatorError.expected(
                "y",
                "of two classes or more at every level",
                f"{len(sorted_classes)} class in n_samples={len(numbers)}",
                "Leave the level out, or add samples of other classes.",
            )
        classes.append(sorted_classes)
        labels.append(numbers)
    # One array cannot hold names and numbers, unless as objects; and objects are given back as objects.
    is_object = (
        getattr(y, "dtype", None) == np.dtype(object) or len({each.dtype.kind for each in classes}) > 1
    )
    return [each.astype(object) if is_object else each for each in classes], np.stack(labels, axis=1)
