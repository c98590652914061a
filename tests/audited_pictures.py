"""Pictures with the statistics of photographs, and what happens to copies of them."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance

from taskgraft.data import Dataset, Provenance
from taskgraft.taxonomy import Taxonomy

Images = npt.NDArray[np.uint8]
TREE = Taxonomy.from_names(["kind", "thing"], [("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2")])


def photographs(number: int, side: int = 48, seed: int = 0) -> Images:
    """Noise whose power falls with its frequency, with edges: uint8 of shape (N, 3, side, side)."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    weight = 1 / np.maximum(frequency, 1 / side)
    weight[0, 0] = 0
    spectrum = weight * np.exp(2j * np.pi * rng.random((number, 3, *weight.shape)))
    noise = np.fft.irfft2(spectrum, s=(side, side))
    noise[:, 1:] = 0.6 * noise[:, :1] + 0.4 * noise[:, 1:]
    level = rng.normal(size=(number, 1, 1, 1)) * noise.std((1, 2, 3), keepdims=True)
    noise = noise + (noise[:, :1] > level) * noise.std((1, 2, 3), keepdims=True)
    low, high = (noise.min((1, 2, 3), keepdims=True), noise.max((1, 2, 3), keepdims=True))
    return np.rint(10 + 230 * (noise - low) / (high - low)).astype(np.uint8)


def with_pillow(images: Images, change: Callable[[Image.Image], Image.Image]) -> Images:
    changed = [change(Image.fromarray(image.transpose(1, 2, 0))) for image in images]
    return np.stack([np.asarray(one).transpose(2, 0, 1) for one in changed])


def _as_jpeg(picture: Image.Image) -> Image.Image:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=50)
    return Image.open(content).convert("RGB")


COPIES: dict[str, Callable[[Images], Images]] = {
    "jpeg": lambda images: with_pillow(images, _as_jpeg),
    "brighter": lambda images: with_pillow(images, lambda one: ImageEnhance.Brightness(one).enhance(1.3)),
    "less contrast": lambda images: with_pillow(images, lambda one: ImageEnhance.Contrast(one).enhance(0.6)),
    "grey": lambda images: with_pillow(images, lambda one: one.convert("L").convert("RGB")),
    "resized": lambda images: with_pillow(images, lambda one: one.resize((30, 30)).resize(one.size)),
    "shifted": lambda images: np.concatenate([images[..., 1:], images[..., -1:]], axis=-1),
    "mirrored": lambda images: np.ascontiguousarray(images[..., ::-1]),
}


def dataset(images: Images, leaves: npt.NDArray[np.int64] | None = None, **more: object) -> Dataset:
    """Four leaves in turn unless told; the last fifth is test, 12 % of each leaf of the rest is val."""
    leaves = np.arange(len(images)) % 4 if leaves is None else leaves
    labels = np.stack([np.where(leaves < 0, -1, leaves // 2), leaves], axis=1)
    provenance = Provenance("drawn", "the last fifth", is_official=True, **more)
    test = np.arange(len(images) * 4 // 5, len(images))
    return Dataset.carve(images, labels, TREE, test=test, provenance=provenance, val=0.12)
