"""What a trained model says of itself, as the JSON that stands in its file."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt, model_validator

from taskgraft.architecture import Architecture
from taskgraft.recipe import NetworkSpec
from taskgraft.scores import DECODINGS, CertaintyCurve
from taskgraft.taxonomy import Level, Taxonomy

FORMAT: Literal[1] = 1
"""Version of the description; it goes up when older code would read a newer file wrongly."""

# Far above any picture or table; a file cannot make us allocate more than its network needs.
_MOST_PIXELS_A_SIDE = 8_192
_MOST_CHANNELS = 65_536


def _known_decoding(name: str) -> str:
    if name not in DECODINGS:
        raise ValueError(f"one with the decoding {name!r}, which is not one of {', '.join(DECODINGS)}")
    return name


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=1, le=_MOST_PIXELS_A_SIDE)]
Channels = Annotated[int, Field(ge=1, le=_MOST_CHANNELS)]
Decoding = Annotated[str, AfterValidator(_known_decoding)]


class _Part(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkDescription(_Part):
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


class LevelDescription(_Part):
    """A level: its name, and the names of its classes in label order."""

    name: str
    classes: tuple[str, ...]


class TaxonomyDescription(_Part):
    """The levels and their tree, as in `Taxonomy`.

    Attributes:
        levels: Coarsest first.
        parents: For each level but the first, the number of each class's parent; empty without a tree.
        digest: `Taxonomy.digest`: two models with the same one predict the same classes.
    """

    levels: tuple[LevelDescription, ...]
    parents: tuple[tuple[int, ...], ...]
    digest: str

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Self:
        """Describes a taxonomy."""
        return cls.model_validate({**taxonomy.to_dict(), "digest": taxonomy.digest()})

    @model_validator(mode="after")
    def _has_its_digest(self) -> Self:
        if self.taxonomy().digest() != self.digest:
            raise ValueError("one whose taxonomy has another digest")
        return self

    def taxonomy(self) -> Taxonomy:
        """The taxonomy described."""
        levels = tuple(Level(level.name, level.classes) for level in self.levels)
        return Taxonomy(levels, self.parents)


class Preprocessing(_Part):
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


class Origin(_Part):
    """Where a model came from.

    Attributes:
        study: Name of the study's directory; None where there is none.
        variant: Name of what was trained.
        seed: Of its run.
        data: Name of the data, as its user gave it.
        data_digest: SHA-256 of images, labels and splits; None where nobody computed it.
        created: When, in UTC.
    """

    study: str | None = None
    variant: str
    seed: int | None = None
    data: str
    data_digest: str | None = None
    created: str


class CertaintyDescription(_Part):
    """What validation images say of how deep answers may go; see `taskgraft.scores.CertaintyCurve`.

    Attributes:
        critical: The critical values above 0, ascending.
        num_images: Images judged.
    """

    critical: tuple[Probability, ...]
    num_images: PositiveInt

    @model_validator(mode="after")
    def _is_a_curve(self) -> Self:
        if len(self.critical) > self.num_images or list(self.critical) != sorted(self.critical):
            raise ValueError("one whose thresholds are no ascending ones of its images")
        return self

    def curve(self) -> CertaintyCurve:
        """The curve described."""
        return CertaintyCurve(self.critical, self.num_images)


class ModelDescription(_Part):
    """All that is needed to use a model, but for its weights.

    Attributes:
        format: `FORMAT`.
        version: Of taskgraft, which wrote it.
        numerics: `taskgraft.numerics.NUMERICS` of the code that trained the weights.
        network: What the network is built of.
        taxonomy: What it predicts.
        preprocessing: How a picture becomes its input.
        test_time_flip: Whether logits are averaged over an image and its mirror image.
        decoding: How classes are chosen from the probabilities.
        temperatures: By level, what logits are divided by for calibrated probabilities; None where no
            validation image has a label. None in all for a model without validation images.
        certainty: From which thresholds answers are right how often; None without validation images that are
            labelled at every level, and without a tree.
        origin: Where it came from.
    """

    format: Literal[1] = FORMAT
    version: str
    numerics: int
    network: NetworkDescription
    taxonomy: TaxonomyDescription
    preprocessing: Preprocessing
    test_time_flip: bool
    decoding: Decoding = "independent"
    temperatures: dict[str, Positive | None] | None = None
    certainty: CertaintyDescription | None = None
    origin: Origin

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        levels = tuple(level.name for level in self.taxonomy.levels)
        num_classes = tuple(len(level.classes) for level in self.taxonomy.levels)
        prepared, network = self.preprocessing, self.network
        for fault, is_so in {
            "a network of other levels than its taxonomy": network.architecture.levels != levels,
            "a network of other classes than its taxonomy": network.num_classes != num_classes,
            "a network for other images than its preprocessing gives": network.image_shape
            != (prepared.channels, prepared.height, prepared.width),
            "a decoding that needs a tree, and none": self.decoding != "independent"
            and len(levels) > 1
            and not self.taxonomy.parents,
            "temperatures of other levels than its taxonomy": self.temperatures is not None
            and tuple(self.temperatures) != levels,
        }.items():
            if is_so:
                raise ValueError(f"one with {fault}")
        return self
