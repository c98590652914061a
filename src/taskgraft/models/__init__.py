"""Trained models by the places that people name: a file, a run, what a study recommends."""

from taskgraft.models._load_model import load_model, model_file

__all__ = ["load_model", "model_file"]
