"""Models on the hub: `hf:USER/NAME`, and `hf:USER/NAME@REVISION`."""

from __future__ import annotations

import importlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from taskgraft.errors import Phrase, RequestError, TaskgraftError

PREFIX = "hf:"
MODEL_FILE = "model.safetensors"
_NAME = re.compile(r"[\w.-]+/[\w.-]+")


class HubError(TaskgraftError):
    """The hub does not answer, or not with a model."""


@dataclass(frozen=True)
class HubPlace:
    """A repository of the hub.

    Attributes:
        repository: `USER/NAME`.
        revision: A branch, a tag or a commit; None for the main one.
    """

    repository: str
    revision: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Reads `hf:USER/NAME` or `hf:USER/NAME@REVISION`.

        Raises:
            RequestError: If it is neither.

        Example:
            >>> HubPlace.of("hf:me/fruit@v1")
            HubPlace(repository='me/fruit', revision='v1')
        """
        name, _, revision = text.removeprefix(PREFIX).partition("@")
        if not text.startswith(PREFIX) or not _NAME.fullmatch(name):
            raise RequestError.expected("the place", "hf:USER/NAME", text, "Name a user and a repository.")
        return cls(name, revision or None)


def is_on_hub(place: object) -> bool:
    """Whether a place is one of the hub."""
    return isinstance(place, str) and place.startswith(PREFIX)


def hub_library() -> Any:
    """`huggingface_hub`.

    Raises:
        RequestError: If it is not installed.
    """
    try:
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise RequestError.expected(
            "what speaks with the hub",
            "installed",
            Phrase("no huggingface_hub"),
            "pip install taskgraft[hub]",
        ) from error


def hub_endpoint() -> str | None:
    """Where the hub is: another server than the public one if HF_ENDPOINT names it."""
    return os.environ.get("HF_ENDPOINT") or None


def fetched(place: str) -> Path:
    """The model's file of a repository, downloaded into the hub's cache once.

    Args:
        place: `hf:USER/NAME`, with `@REVISION` or not.

    Raises:
        RequestError: If it is no such place, or `huggingface_hub` is not installed.
        HubError: If there is no such repository or no model in it, or the hub does not answer.
    """
    wanted = HubPlace.of(place)
    library = hub_library()
    try:
        return Path(
            library.hf_hub_download(
                wanted.repository, MODEL_FILE, revision=wanted.revision, endpoint=hub_endpoint()
            )
        )
    # The library's errors, those of what it speaks through, and the system's.
    except Exception as error:
        raise hub_error(place, error) from error


def hub_error(place: str, error: Exception) -> HubError:
    """One line of whatever went wrong between here and the hub."""
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    kind = type(error).__name__
    if kind in ("RepositoryNotFoundError", "GatedRepoError"):
        return HubError.expected(
            place,
            "a repository that you may read",
            Phrase("none"),
            "Check its name, or log in: hf auth login.",
        )
    if kind in ("EntryNotFoundError", "RemoteEntryNotFoundError", "RevisionNotFoundError"):
        return HubError.expected(
            place,
            f"a repository with a {MODEL_FILE}",
            Phrase("none in it"),
            "Name another one, or a revision.",
        )
    return HubError.expected(place, "within reach", reason, "Look at the network, and at your rights there.")
