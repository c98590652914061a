"""What requests may hold and what answers do, as data and for `/openapi.json`."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

MOST_TOP, MOST_SIBLINGS = 100, 100


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Options(_Record):
    """How pictures are to be answered: as the query, as fields of a form or in JSON."""

    model: str | None = Field(None, description="Name of the model; needed where several are served.")
    top: int = Field(1, ge=1, le=MOST_TOP, description="List so many of the most probable paths.")
    target_accuracy: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Go down the tree only as far as this share of the answers is right.",
    )
    siblings: int = Field(
        0,
        ge=0,
        le=MOST_SIBLINGS,
        description="At each level, list so many of the classes beside the predicted one.",
    )


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise ValueError("text that is no base64") from error


Content = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "description": "A file, in base64."}),
]


class PictureJson(_Record):
    """A picture in JSON."""

    name: str | None = Field(None, max_length=1000, description="What the answer calls it.")
    content: Content


def _with_content(value: Any) -> Any:
    return {"content": value} if isinstance(value, str) else value


class PredictJson(Options):
    """A request in JSON."""

    pictures: list[
        Annotated[PictureJson, BeforeValidator(_with_content, json_schema_input_type=PictureJson | Content)]
    ] = Field(min_length=1, description="Pictures in base64, with or without names.")


class NodeJson(_Record):
    """A class on a path."""

    level: str
    class_: str = Field(alias="class")
    prob: float = Field(ge=0, le=1)


class SureNodeJson(NodeJson):
    """A class on the predicted path."""

    certainty: float = Field(description="It is said at this threshold and below; below 0 it never is.")


class SiblingJson(_Record):
    """A class beside the predicted one, or that one."""

    class_: str = Field(alias="class")
    prob: float = Field(ge=0, le=1)


class PredictionJson(_Record):
    """What the model says of one picture."""

    name: str
    path: list[SureNodeJson] = Field(description="The predicted class of each level, coarsest first.")
    depth: int = Field(description="How many classes of the path are sure: the first ones.")
    threshold: float | None = Field(
        None, description="A path is sure down to the first class whose certainty is lower."
    )
    reason: str | None = Field(None, description="Why the answer stops where it does.")
    alternatives: list[list[NodeJson]] = Field(default=[], description="Only where `top` is above 1.")
    siblings: list[list[SiblingJson]] = Field(
        default=[],
        description="Only where wanted: of each level the most probable classes under the predicted parent.",
    )


class BadJson(_Record):
    """A picture that cannot be read."""

    name: str
    reason: str


class TreeVersionJson(_Record):
    """A tree that a model or one behind it has had."""

    digest: str
    date: str
    change: Literal["trained", "adapted", "remapped"]


class ModelJson(_Record):
    """Which model it was."""

    study: str | None
    variant: str
    seed: int | None
    data: str
    data_digest: str | None
    partition: int | None
    created: str
    decoding: str
    taxonomy_digest: str
    tree_versions: list[TreeVersionJson] = Field(description="Newest last.")


class Answer(_Record):
    """What a model says of pictures, as `taskgraft predict` has it as JSON."""

    model: ModelJson
    threshold: float | None = Field(
        description="A path is sure down to the first class whose certainty is lower; null where no target "
        "accuracy was named."
    )
    predictions: list[PredictionJson]
    bad: list[BadJson]
    notes: list[str]


class LevelJson(_Record):
    """A level: its name, and the names of its classes in label order."""

    name: str
    classes: list[str]


class TaxonomyJson(_Record):
    """The levels, coarsest first, and the number of each class's parent."""

    levels: list[LevelJson]
    parents: list[list[int]]
    digest: str


class TargetJson(_Record):
    """A target accuracy that validation images can promise, and the threshold that keeps it."""

    target_accuracy: float
    threshold: float


class ServedJson(_Record):
    """A model that is served."""

    name: str
    model: ModelJson
    image_shape: tuple[int, int, int] = Field(description="Channels, height and width.")
    target_accuracy: float | None = Field(description="Of answers to requests that name none.")
    targets: list[TargetJson]
    taxonomy: TaxonomyJson


class TaxonomyAnswer(_Record):
    """Every model that is served, with its classes."""

    models: list[ServedJson]


class HealthJson(_Record):
    """How a model is."""

    name: str
    loaded: str
    taxonomy_digest: str
    problem: str | None = Field(description="Why a newer file of it is not served.")


class HealthAnswer(_Record):
    """How the server is; without a token only its status."""

    status: Literal["ok", "stopping"]
    models: list[HealthJson] = []


class ErrorAnswer(_Record):
    """Why a request was refused, in one line."""

    error: str
