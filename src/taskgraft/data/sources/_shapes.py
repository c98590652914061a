"""Pictures drawn by our own code, whose levels are visible and whose truth is known.

Three properties of a picture can be levels, and each has its cue:

- `family` (4 classes): the glyph's surface is plain, striped, dotted or checked;
- `shape` (16 classes): its outline is a circle, a star, a heart, ...;
- `variant` (32 classes): the small companion beside it has one of the 16 outlines, in light or dark.

The tree says that four shapes make a family and two variants a shape. `relatedness` says how far the
labels keep to it: at 1 they follow the tree, at 0 knowing one says nothing about another.
"""

from __future__ import annotations

import numpy as np

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import Provenance
from taskgraft.data.sources._numbered_names import NumberedNames
from taskgraft.data.sources._shapes_drawing import SURFACES, TONES, draw
from taskgraft.data.sources._shapes_outlines import NAMES as OUTLINES
from taskgraft.errors import RequestError
from taskgraft.taxonomy import IntArray, Taxonomy

# Finer levels in their numbers of classes: four shapes to a family, two variants to a shape.
_NUM_CLASSES = (len(SURFACES), len(OUTLINES), len(OUTLINES) * len(TONES))
_LEVELS = ("family", "shape", "variant")
# Which of the levels are labelled, by their number.
_LABELLED = {1: slice(1, 2), 2: slice(0, 2), 3: slice(0, 3)}

# Pictures are drawn in blocks small enough for a processor's cache. Each block has its own random
# numbers, so that a larger dataset begins with the pictures of a smaller one.
_BLOCK = 256
_FEWEST_TRAIN_PER_LEAF = 10
# A million pictures are 3 GB.
_MOST_PICTURES = 1_000_000
_LARGEST_SEED = 2**32 - 1


def load(
    *,
    val_fraction: float = 0.1,
    limit: int | None = None,
    relatedness: float = 1.0,
    num_levels: int = 2,
    seed: int = 0,
    num_train: int = 5_000,
    num_test: int = 2_000,
) -> Dataset:
    """Draws a dataset of 32x32 colour pictures; the same arguments give the same bytes.

    Leaf classes are drawn in equal numbers. Going up, each coarser label is the parent of the one
    below with probability `relatedness`, and otherwise any class of its level with equal chances. A
    seed fixes the scenes, whatever the relatedness: turning the dial changes what is shown in them,
    and nothing else. Train and test pictures come from different streams.

    Args:
        val_fraction: Share of the train pictures held out for validation.
        limit: Keep at most this many pictures in each of train and test.
        relatedness: From 0, levels that are independent of each other, to 1, labels that follow the tree.
        num_levels: 1 for `shape`, on surfaces of any family; 2 for `family` and `shape`; 3 for `variant`
            as well. Companions are drawn for three levels only.
        seed: Any whole number from 0; another seed gives other pictures.
        num_train: Pictures to draw for train, those held out for validation included.
        num_test: Pictures to draw for test.

    Returns:
        A dataset of `num_train + num_test` images of shape (3, 32, 32) with `num_levels` labels each, named
        in the order they are drawn: `train 0` ..., `test 0` ....

    Raises:
        RequestError: If an argument is out of its range.

    Example:
        >>> data = load(num_train=320, num_test=160)
        >>> data.images.shape, data.taxonomy.num_classes
        ((480, 3, 32, 32), (4, 16))
    """
    _check(relatedness, num_levels, seed, num_train, num_test)
    train, test = ((seed, stream) for stream in (0, 1))
    images, labels = zip(
        _draw_split(train, num_train, num_levels, relatedness),
        _draw_split(test, num_test, num_levels, relatedness),
        strict=True,
    )
    options: dict[str, str | int | float] = {
        "relatedness": relatedness,
        "num_levels": num_levels,
        "seed": seed,
        "num_train": num_train,
        "num_test": num_test,
    }
    return Dataset.carve(
        np.concatenate(images),
        np.concatenate(labels),
        _taxonomy(num_levels),
        test=np.arange(num_train, num_train + num_test),
        provenance=Provenance("shapes", f"drawn from seed {seed}", is_official=True, options=options),
        val=val_fraction,
        limit=limit,
        names=NumberedNames({"train": num_train, "test": num_test}),
    )


def _taxonomy(num_levels: int) -> Taxonomy:
    paths = [
        (SURFACES[shape * len(SURFACES) // len(OUTLINES)], outline, f"{tone} {outline}")
        for shape, outline in enumerate(OUTLINES)
        for tone in TONES
    ]
    labelled = _LABELLED[num_levels]
    return Taxonomy.from_names(_LEVELS[labelled], [path[labelled] for path in paths])


def _draw_split(
    stream: tuple[int, int], num_images: int, num_levels: int, relatedness: float
) -> tuple[np.ndarray, IntArray]:
    """Images of shape (N, 3, 32, 32) and labels of shape (N, L)."""
    images, labels = [], []
    for block in range(-(-num_images // _BLOCK)):
        shown = _draw_labels(np.random.default_rng((*stream, block, 0)), num_levels, relatedness)
        family, shape, variant = shown.T
        scene = np.random.default_rng((*stream, block, 1))
        images.append(draw(family, shape, variant if num_levels == 3 else None, scene))
        labels.append(shown[:, _LABELLED[num_levels]])
    return np.concatenate(images)[:num_images], np.concatenate(labels)[:num_images]


def _draw_labels(rng: np.random.Generator, num_levels: int, relatedness: float) -> IntArray:
    """Classes of all three levels for one block, those not asked for at random: shape (N, 3)."""
    labelled = _LABELLED[num_levels]
    leaf = labelled.stop - 1
    classes = np.arange(_NUM_CLASSES[leaf])
    labels = rng.integers(0, _NUM_CLASSES, (_BLOCK, len(_LEVELS)))
    labels[:, leaf] = rng.permuted(np.tile(classes, (_BLOCK // len(classes), 1)), axis=1).ravel()
    follows_tree = rng.random((_BLOCK, len(_LEVELS))) < relatedness
    for level in reversed(range(labelled.start, leaf)):
        parent = labels[:, level + 1] * _NUM_CLASSES[level] // _NUM_CLASSES[level + 1]
        labels[:, level] = np.where(follows_tree[:, level], parent, labels[:, level])
    return labels


def _check(relatedness: float, num_levels: int, seed: int, num_train: int, num_test: int) -> None:
    integers = {
        "num_levels": (num_levels, 2),
        "the seed of shapes": (seed, 0),
        "num_train": (num_train, 5_000),
        "num_test": (num_test, 2_000),
    }
    for name, (value, usual) in integers.items():
        if not isinstance(value, int):
            raise RequestError.expected(name, "a whole number", value, f"Try {usual}.")
    if not 0 <= relatedness <= 1:  # false for NaN, too
        raise RequestError.expected("relatedness", "from 0 to 1", relatedness, "Try 1.")
    if num_levels not in _LABELLED:
        raise RequestError.expected("num_levels", "1, 2 or 3", num_levels, "Try 2.")
    if not 0 <= seed <= _LARGEST_SEED:
        raise RequestError.expected("the seed of shapes", f"from 0 to {_LARGEST_SEED:,}", seed, "Try 0.")
    num_leaves = _NUM_CLASSES[_LABELLED[num_levels].stop - 1]
    for name, per_leaf in (("num_train", _FEWEST_TRAIN_PER_LEAF), ("num_test", 1)):
        value, usual = integers[name]
        if value < per_leaf * num_leaves:
            raise RequestError.expected(
                name,
                f"at least {per_leaf * num_leaves}, {per_leaf} for each of {num_leaves} leaf classes",
                value,
                f"Try {usual}.",
            )
        if value > _MOST_PICTURES:
            raise RequestError.expected(name, f"at most {_MOST_PICTURES:,}", value, f"Try {usual}.")
