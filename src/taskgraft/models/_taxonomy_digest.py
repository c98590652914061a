"""Whether a model predicts the tree that somebody counts on."""

from __future__ import annotations

from taskgraft.errors import RequestError
from taskgraft.inference import Model
from taskgraft.parameter import Parameter


def check_taxonomy_digest(model: Model, digest: str | None, name: str = "the model") -> None:
    """Refuses a model of another tree than the one that is demanded.

    Args:
        model: The model.
        digest: `Taxonomy.digest` of the tree; None for any.
        name: What messages call the model.

    Raises:
        RequestError: If the model's is another one.
    """
    is_digest = model.description.taxonomy.digest
    if digest is not None and is_digest != digest:
        raise RequestError.expected(
            f"the taxonomy of {name}",
            f"that of the digest {digest!r}",
            is_digest,
            f"Take a model of that tree, or leave {Parameter('taxonomy_digest')} out.",
        )
