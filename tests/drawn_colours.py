"""Images whose class is their colour: a dataset that a network of a few hundred weights can learn."""

from __future__ import annotations

import numpy as np

from taskgraft.data import Dataset, Provenance
from taskgraft.taxonomy import Taxonomy


def drawn_colours(num_images: int, *, side: int, noise: float, num_test: int) -> Dataset:
    """Four colours in two groups; a fifth of what is no test image is val.

    Args:
        num_images: Of all splits.
        side: In pixels.
        noise: Standard deviation, of 255.
        num_test: The last ones.
    """
    rng = np.random.default_rng(0)
    paths = [("warm", "red"), ("warm", "yellow"), ("cold", "blue"), ("cold", "green")]
    taxonomy = Taxonomy.from_names(["group", "colour"], paths)
    leaves = np.arange(num_images) % 4
    colours = np.array([[200, 60, 60], [190, 180, 60], [60, 60, 200], [60, 180, 90]])
    grain = rng.normal(0, noise, (num_images, 3, side, side))
    images = np.clip(colours[leaves][:, :, None, None] + grain, 0, 255).astype(np.uint8)
    labels = np.stack([taxonomy.ancestors(0)[leaves], leaves], axis=1)
    provenance = Provenance("colours", "drawn for the tests", is_official=True)
    test = np.arange(num_images - num_test, num_images)
    return Dataset.carve(images, labels, taxonomy, test=test, provenance=provenance, val=0.2)
