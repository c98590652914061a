"""Training images varied at random, whole batches at a time."""

from taskgraft.data.augmentation._augmenter import Augmenter, augmenter
from taskgraft.data.augmentation._flip_shift import alternated
from taskgraft.data.augmentation._mixing import Mixing

__all__ = ["Augmenter", "Mixing", "alternated", "augmenter"]
