"""Test images worth looking at: the worst mistakes, and those on which architectures disagree.

Picked when all runs stand, and kept in the study: whoever reads it later need not have the data.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from taskgraft.data.dataset import Dataset
from taskgraft.metrics.decoding import probs_of
from taskgraft.metrics.severity import lca_heights
from taskgraft.study.files import GALLERY, write_arrays
from taskgraft.study.run import read_split, run_directory
from taskgraft.study.study import Study
from taskgraft.taxonomy import IntArray

_NUM_IMAGES = 12


class Kept(NamedTuple):
    """Images of the gallery.

    Attributes:
        positions: Where in the test split they stand: shape (N,), most telling first.
        images: uint8 of shape (N, C, H, W).
    """

    positions: IntArray
    images: npt.NDArray[np.uint8]


def keep_gallery(study: Study, data: Dataset) -> None:
    """Picks the images from the finished runs' predictions and writes `gallery.safetensors`."""
    severity, num_opinions = _judge(study)
    picks = {
        "worst": _largest(severity),
        # Among images that divide the architectures equally, those that are worst.
        "disagreements": _largest(np.where(num_opinions > 1, num_opinions + severity / 10, 0)),
    }
    test = data.images[data.indices["test"]]
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for kind, positions in picks.items():
        arrays[f"{kind}.positions"] = positions
        arrays[f"{kind}.images"] = test[positions]
    write_arrays(study.directory / GALLERY, arrays)


def read_gallery(study: Path) -> dict[str, Kept]:
    """The images kept, as `worst` and `disagreements`; empty where none were kept, or the file is torn."""
    try:
        arrays = load_file(study / GALLERY)
        return {
            kind: Kept(arrays[f"{kind}.positions"], arrays[f"{kind}.images"])
            for kind in ("worst", "disagreements")
        }
    except (OSError, SafetensorError, KeyError):
        return {}


def majority(preds: IntArray) -> IntArray:
    """The class most seeds predict, the lowest of several: shape (S, N) to (N,)."""
    votes = np.stack([(preds == preds[seed]).sum(axis=0) for seed in range(len(preds))])
    best = np.where(votes == votes.max(axis=0), preds, np.iinfo(np.int64).max)
    lowest: IntArray = best.min(axis=0)
    return lowest


def _judge(study: Study) -> tuple[npt.NDArray[np.float64], IntArray]:
    """For each test image: height of the mistaken leaf times confidence in it, mean over runs; and how many
    leaves the architectures predict.
    """  # noqa: D205
    heights = lca_heights(study.taxonomy)
    severities: list[npt.NDArray[np.float64]] = []
    opinions: dict[str, list[IntArray]] = {}
    for run in study.runs:
        directory = run_directory(study.directory, run.architecture, run.seed)
        logits, targets = read_split(directory, study.taxonomy.level_names, "test")
        probs = probs_of(logits[-1])
        preds = probs.argmax(axis=1)
        severities.append(heights[preds, targets[:, -1]] * probs.max(axis=1))
        opinions.setdefault(run.architecture, []).append(preds)
    told = np.stack([majority(np.stack(preds)) for preds in opinions.values()])
    told.sort(axis=0)
    num_opinions = 1 + (told[1:] != told[:-1]).sum(axis=0)
    return np.mean(severities, axis=0), num_opinions


def _largest(values: npt.NDArray[np.float64]) -> IntArray:
    """Positions of the largest values above zero, largest first, at most a gallery's worth."""
    order = np.argsort(-values, kind="stable")[:_NUM_IMAGES]
    return order[values[order] > 0]
