"""Photographs of fruit from the archive of the tests' data, and a model trained on some of them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import needs
from taskgraft.data.sources import load
from taskgraft.inference import Model
from taskgraft.recipe import Recipe
from trained_model import trained_model


def unpacked(folder: Path) -> Path:
    """The folder of all 2,370 photographs, unpacked into a folder."""
    needs.require(needs.PHOTOGRAPHS.is_present(), needs.PHOTOGRAPHS.missing)
    with tarfile.open(needs.photographs_archive()) as archive:
        archive.extractall(folder, filter="data")
    return folder / "grocery-fruit"


def spread(photographs: Path, count: int) -> list[Path]:
    """So many photographs, evenly over all of them."""
    paths = sorted(photographs.rglob("*.jpg"))
    return [paths[place * len(paths) // count] for place in range(count)]


def fruit_model(photographs: Path, recipe: Recipe, size: int = 48) -> Model:
    """A model of tiny layers that has seen the training photographs for a moment."""
    return trained_model(load(photographs, size=size), recipe)
