"""Trained models by the places that people name: a file, a run, what a study recommends."""

from taskgraft.models._hub import (
    MODEL_FILE,
    HubError,
    HubPlace,
    fetched,
    hub_endpoint,
    hub_error,
    hub_library,
    is_on_hub,
)
from taskgraft.models._load_model import load_model, model_file
from taskgraft.models._taxonomy_digest import check_taxonomy_digest

__all__ = [
    "MODEL_FILE",
    "HubError",
    "HubPlace",
    "check_taxonomy_digest",
    "fetched",
    "hub_endpoint",
    "hub_error",
    "hub_library",
    "is_on_hub",
    "load_model",
    "model_file",
]
