"""Puts a model and its card onto the hub."""

from __future__ import annotations

from pathlib import Path

from taskgraft.models import MODEL_FILE, HubPlace, hub_endpoint, hub_error, hub_library, model_file
from taskgraft.sharing._card import model_card

_CARD = "README.md"


def push_model(
    place: Path | str, to: str, *, variant: str | None = None, seed: int | None = None, private: bool = False
) -> str:
    """Writes a model and its card into a repository of the hub, in one commit.

    The repository is made if there is none. `tg.load_model(to)` reads it again.

    Args:
        place: As in `load_model`.
        to: `hf:USER/NAME`, or `hf:USER/NAME@BRANCH`.
        variant: As in `load_model`.
        seed: Likewise.
        private: Whether a new repository is only for those who may read it.

    Returns:
        Address of the commit.

    Raises:
        RequestError: If one of the places is none, or `huggingface_hub` is not installed.
        HubError: If the hub refuses, or does not answer.
    """
    wanted = HubPlace.of(to)
    file = model_file(place, variant=variant, seed=seed)
    card = model_card(file, name=wanted.repository)
    library = hub_library()
    files = {MODEL_FILE: str(file), _CARD: card.encode()}
    try:
        hub = library.HfApi(endpoint=hub_endpoint())
        hub.create_repo(wanted.repository, private=private or None, exist_ok=True)
        done = hub.create_commit(
            wanted.repository,
            [
                library.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
                for name, content in files.items()
            ],
            commit_message="A model of taskgraft and its card",
            revision=wanted.revision,
        )
    # The library's errors, those of what it speaks through, and the system's.
    except Exception as error:
        raise hub_error(to, error) from error
    return str(done.commit_url)
