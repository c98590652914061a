"""A trained model that a network begins from, in place of drawn weights."""

from __future__ import annotations

from pydantic import Field

from taskgraft.recipe._spec import Spec


class StartSpec(Spec):
    """Trunk and branches of a trained model; classes keep their weights by the path of their names."""

    model: str = Field(description="The model's file, a model.safetensors.")
    sha256: str = Field("", description="SHA-256 of that file.")
    renames: str | None = Field(
        None,
        description="A file that says which classes are older ones under other names; see docs/adapt.md.",
    )
    renames_sha256: str = Field("", description="SHA-256 of that file.")
