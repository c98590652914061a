"""What a trained model says of itself, as the JSON that stands in its file."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    FiniteFloat,
    PositiveInt,
    model_validator,
)

from taskgraft.architecture import Architecture
from taskgraft.inference._part import Part, Weight
from taskgraft.inference._tree_description import (
    RemapDescription,
    TaxonomyDescription,
    TreeVersion,
    only_finest,
)
from taskgraft.recipe import NetworkSpec
from taskgraft.scores import DECODINGS, MOST_CRITICAL, MOST_THRESHOLD, POOLED, TEMPERATURES, Promise

FORMAT: Literal[1] = 1
"""Version of the description; it goes up when older code would read a newer file wrongly."""

# Far above any picture or table; a file cannot make us allocate more than its network needs.
_MOST_PIXELS_A_SIDE = 8_192
_MOST_CHANNELS = 65_536
_MOST_VALUES = 1 << 24
# What counts images or versions fits what computes with it; a seed is one of any library's.
_MOST_COUNTED = 2**31 - 1
_LEAST_SEED, _MOST_SEED = -(2**63), 2**64 - 1
# Ten times beyond those that are ever fitted; far beyond, logits divided by one are no numbers.
_LEAST_TEMPERATURE, _MOST_TEMPERATURE = TEMPERATURES[0] / 10, TEMPERATURES[1] * 10


_DECODINGS = (POOLED, *DECODINGS)


def _known_decoding(name: str) -> str:
    if name not in _DECODINGS:
        raise ValueError(f"one with the decoding {name!r}, which is not one of {', '.join(_DECODINGS)}")
    return name


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Temperature = Annotated[float, Field(ge=_LEAST_TEMPERATURE, le=_MOST_TEMPERATURE, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=0, le=_MOST_COUNTED)]
Seed = Annotated[int, Field(ge=_LEAST_SEED, le=_MOST_SEED)]
Threshold = Annotated[float, Field(gt=0, le=MOST_THRESHOLD, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=1, le=_MOST_PIXELS_A_SIDE)]
Channels = Annotated[int, Field(ge=1, le=_MOST_CHANNELS)]
Decoding = Annotated[str, AfterValidator(_known_decoding)]


class NetworkDescription(Part):
    """What the network is built of.

    Attributes:
        architecture: Who shares the trunk, and what flows.
        spec: Trunk, branches and conventions of the recipe.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width of its images.
    """

    architecture: Architecture
    spec: NetworkSpec
    num_classes: tuple[PositiveInt, ...]
    image_shape: tuple[Channels, Side, Side]


class Preprocessing(Part):
    """How a picture becomes the network's input: resized, as uint8 pixels; the network normalises them.

    Attributes:
        channels: 1 for grey, 3 for red, green and blue; the features of a table otherwise.
        height: In pixels.
        width: In pixels.
        fit: `crop` (fill the shape, cut evenly what sticks out) or `pad` (show all, with bars of black);
            None where the training images came as pixels and nobody resized them.
        resampling: The filter of the resizing; None likewise.
        mean: What the network subtracts from each channel, or from all, in units of pixels (0 to 255).
        std: What it divides them by.
    """

    channels: Channels
    height: Side
    width: Side
    fit: Literal["crop", "pad"] | None
    resampling: Literal["bicubic"] | None
    mean: tuple[FiniteFloat, ...]
    std: tuple[Positive, ...]

    @model_validator(mode="after")
    def _normalises_its_channels(self) -> Self:
        if len(self.mean) not in (1, self.channels) or len(self.std) != len(self.mean):
            raise ValueError("one whose normalisation is not that of its channels")
        return self


class Origin(Part):
    """Where a model came from.

    Attributes:
        study: Name of the study's directory; None where there is none.
        variant: Name of what was trained.
        seed: Of its run.
        data: Name of the data, as its user gave it.
        data_digest: SHA-256 of images, labels and splits; None where nobody computed it.
        partition: Which new partition of the data's train and test images it was trained on, from 0; None for
            their split as it is.
        created: When, in UTC.
    """

    study: str | None = None
    variant: str
    seed: Seed | None = None
    data: str
    data_digest: str | None = None
    partition: Annotated[int, Field(ge=0)] | None = None
    created: str


class PromiseDescription(Part):
    """What validation images say of how deep answers may go; see `taskgraft.scores.Promise`.

    Attributes:
        critical: Critical values of images that some threshold gets wrong, ascending; of many, some.
        num_critical: How many such images there are.
        num_images: Images judged in all.
    """

    critical: Annotated[tuple[Threshold, ...], Field(max_length=MOST_CRITICAL)]
    num_critical: Number
    num_images: Annotated[Number, Field(ge=1)]

    @classmethod
    def of(cls, promise: Promise) -> Self:
        """Describes a promise."""
        return cls(**asdict(promise))

    @model_validator(mode="after")
    def _is_a_promise(self) -> Self:
        is_counted = len(self.critical) == min(self.num_critical, MOST_CRITICAL)
        if not is_counted or self.num_critical > self.num_images:
            raise ValueError("one whose critical values are not those of its images")
        if list(self.critical) != sorted(self.critical):
            raise ValueError("one whose critical values do not ascend")
        return self

    def promise(self) -> Promise:
        """The promise described."""
        return Promise(self.critical, self.num_critical, self.num_images)


class ModelDescription(Part):
    """All that is needed to use a model, but for its weights.

    Attributes:
        format: `FORMAT`.
        version: Of taskgraft, which wrote it.
        numerics: `taskgraft.numerics.NUMERICS` of the code that trained the weights.
        network: What the network is built of.
        taxonomy: What it predicts.
        preprocessing: How a picture becomes its input.
        test_time_flip: Whether logits are averaged over an image and its mirror image.
        decoding: How classes are chosen: `pooled`, the most probable leaf of the pool and its ancestors, or
            one of `DECODINGS`.
        temperatures: By level, what logits are divided by for calibrated probabilities; None where no
            validation image has a label. None in all for a model without validation images.
        pool_weights: By level, how much its logits count in the probabilities of the tree; None for all
            alike, and without a tree.
        promise: From which thresholds answers are right how often; None without validation images that are
            labelled at every level, and without a tree.
        origin: Where it came from.
        remap: How the tree that the network predicts becomes `taxonomy`, where they are two; decoding is then
            `pooled`, and of the levels' logits, which are logarithms of probabilities, the finest says all.
        tree_versions: Digests of the trees that the model and those behind it have had, newest last; none
            where nobody wrote them down.
    """

    format: Literal[1] = FORMAT
    version: str
    numerics: Number
    network: NetworkDescription
    taxonomy: TaxonomyDescription
    preprocessing: Preprocessing
    test_time_flip: bool
    decoding: Decoding = "independent"
    temperatures: dict[str, Temperature | None] | None = None
    pool_weights: dict[str, Weight] | None = None
    promise: PromiseDescription | None = None
    origin: Origin
    remap: RemapDescription | None = None
    tree_versions: tuple[TreeVersion, ...] = ()

    @property
    def network_taxonomy(self) -> TaxonomyDescription:
        """What the network itself predicts."""
        return self.taxonomy if self.remap is None else self.remap.taxonomy

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        levels = tuple(level.name for level in self.taxonomy.levels)
        built = self.network_taxonomy.levels
        prepared, network = self.preprocessing, self.network
        is_tree = self.taxonomy.is_tree
        for fault, is_so in {
            "a network of other levels than its taxonomy": network.architecture.levels
            != tuple(level.name for level in built),
            "a network of other classes than its taxonomy": network.num_classes
            != tuple(len(level.classes) for level in built),
            "a network for other images than its preprocessing gives": network.image_shape
            != (prepared.channels, prepared.height, prepared.width),
            f"images of more than {_MOST_VALUES:,} numbers": math.prod(network.image_shape) > _MOST_VALUES,
            "a decoding that needs a tree, and none": self.decoding != "independent" and not is_tree,
            "temperatures of other levels than its taxonomy": self.temperatures is not None
            and tuple(self.temperatures) != levels,
            "weights of a tree, and none": self.pool_weights is not None and not is_tree,
            "weights of other levels than its taxonomy": self.pool_weights is not None
            and tuple(self.pool_weights) != levels,
            "a promise that needs a tree, and none": self.promise is not None and not is_tree,
            "a last version of its tree that is another one": bool(self.tree_versions)
            and self.tree_versions[-1].digest != self.taxonomy.digest,
        }.items():
            if is_so:
                raise ValueError(f"one with {fault}")
        return self

    @model_validator(mode="after")
    def _remaps_to_its_tree(self) -> Self:
        if self.remap is None:
            return self
        levels = self.taxonomy.levels
        if not self.taxonomy.is_tree:
            raise ValueError("one that is remapped to no tree")
        if {*self.remap.leaves} - {-1} != {*range(len(levels[-1].classes))}:
            raise ValueError("one that is remapped to other leaves than its taxonomy's")
        weights = only_finest([level.name for level in levels])
        if (self.decoding, self.temperatures, self.pool_weights) != (POOLED, None, weights):
            raise ValueError("one that is remapped, and decoded otherwise than a remapped one is")
        return self


def versions_of(description: ModelDescription) -> tuple[TreeVersion, ...]:
    """The trees of a model, newest last; of one whose file has no list of them, the one that it has."""
    date, digest = description.origin.created, description.taxonomy.digest
    return description.tree_versions or (TreeVersion(digest=digest, date=date, change="trained"),)
