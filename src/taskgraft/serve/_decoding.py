"""From encoded pictures to the pixels that a model takes, on threads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from taskgraft.hardware import num_cores
from taskgraft.inference import Model
from taskgraft.pictures import MAX_PIXELS, BadImage, decode, read_header
from taskgraft.serve._requests import EncodedPicture

Pixels = npt.NDArray[np.uint8]
_MOST_THREADS = 8
_SMALL_BYTES, _SMALL_PIXELS = 1 << 14, 1 << 14


class Decoder:
    """Decodes the pictures of requests on threads that all of them share.

    Args:
        num_pixels: Of a picture at most.

    Example:
        >>> decoder, model = Decoder(10**6), None
        >>> asyncio.run(decoder.decode([], model))
        []
    """

    def __init__(self, num_pixels: int) -> None:
        self._num_pixels = num_pixels
        self._num_threads = min(_MOST_THREADS, num_cores())
        self._threads = ThreadPoolExecutor(self._num_threads, "decode")

    async def decode(self, pictures: Sequence[EncodedPicture], model: Model) -> list[Pixels | BadImage]:
        """Each picture as uint8 of shape (C, H, W), or why there are no such pixels; in their order."""
        # A thread begins as slowly as a small picture is decoded.
        if len(pictures) == 1 and _is_small(pictures[0]):
            return self._all(pictures, model)
        loop = asyncio.get_running_loop()
        shares = [pictures[start :: self._num_threads] for start in range(self._num_threads)]
        decoded = await asyncio.gather(
            *(loop.run_in_executor(self._threads, self._all, share, model) for share in shares if share)
        )
        return [decoded[place % len(decoded)][place // len(decoded)] for place in range(len(pictures))]

    def _all(self, pictures: Sequence[EncodedPicture], model: Model) -> list[Pixels | BadImage]:
        return [self._one(picture, model) for picture in pictures]

    def _one(self, picture: EncodedPicture, model: Model) -> Pixels | BadImage:
        if self._num_pixels < MAX_PIXELS:
            header = read_header(picture.content, picture.name)
            if isinstance(header, BadImage):
                return header
            if header.height * header.width > self._num_pixels:
                size = f"{header.width} x {header.height} pixels"
                return BadImage(picture.name, f"{size}, where at most {self._num_pixels:,} are read")
        channels, height, width = model.image_shape
        return decode(
            picture.content,
            picture.name,
            shape=(height, width),
            num_channels=cast(Literal[1, 3], channels),
            fit=model.description.preprocessing.fit or "crop",
        )


def is_of_size(picture: EncodedPicture, shape: tuple[int, int, int]) -> bool:
    """Whether a picture that can be read has the height and width of a shape (C, H, W)."""
    header = read_header(picture.content, picture.name)
    return isinstance(header, BadImage) or (header.height, header.width) == shape[1:]


def _is_small(picture: EncodedPicture) -> bool:
    """Whether a picture is decoded in a moment, whatever its bytes say."""
    if len(picture.content) > _SMALL_BYTES:
        return False
    header = read_header(picture.content, picture.name)
    return isinstance(header, BadImage) or header.height * header.width <= _SMALL_PIXELS
