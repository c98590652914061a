"""Pictures decoded once into a file of equal images, which is mapped into memory ever after."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from taskgraft.data.files import cache_dir
from taskgraft.data.store._contents import contents_of, is_of_no_picture
from taskgraft.data.store._dead_parts import remove_dead_parts
from taskgraft.data.store._stored_images import (
    DamagedStore,
    Progress,
    StoredHeader,
    forget_stored,
    open_stored,
    write_stored,
)
from taskgraft.data.store._stores import IMAGES_FOLDER
from taskgraft.data.store._survey import Layout, check_size, survey
from taskgraft.errors import DataError, unknown_name
from taskgraft.file_writing import NotWrittenError
from taskgraft.locks import locked
from taskgraft.parameter import Parameter
from taskgraft.pictures import (
    INSTALL_HEIF,
    NEEDS_HEIF,
    BadImage,
    Fit,
    Picture,
    decode,
    has_heif,
    in_order,
    is_passing,
    quiet_pillow,
)
from taskgraft.taxonomy import IntArray

OnBadImage = Literal["error", "skip"]
Say = Callable[[str], None]

_VERSION = 2  # to be raised when the same pictures and settings come to give other images
_PICTURES_A_REPORT = 64


@dataclass(frozen=True, eq=False)
class ImageStore:
    """Images of one shape, mapped from disk.

    Attributes:
        images: uint8 of shape (N, C, H, W), a memory map; what is written to it never reaches the disk.
        positions: int64 of shape (N,), ascending: which of the pictures asked for these are.
        bad: The pictures left out, in order.
        digest: SHA-256 of the images, in hexadecimal.
    """

    images: npt.NDArray[np.uint8]
    positions: IntArray
    bad: tuple[BadImage, ...]
    digest: str


def build_store(
    pictures: Sequence[Picture],
    names: Sequence[str],
    *,
    size: int | None = None,
    fit: Fit = "crop",
    on_bad: OnBadImage = "error",
    cache: Path | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> ImageStore:
    """Gives pictures as equal images, decoded at the first call and mapped from the cache at every other.

    The store is found by the contents of the pictures, so that renamed or copied folders share one; a file
    that has not changed since it was last read is not opened. A store is believed when its bytes have the
    digest they were written with, which is looked at once in a process; otherwise it is made again. Grey
    pictures only give C = 1, else C = 3.

    Args:
        pictures: Paths or contents of encoded pictures, None for one that is missing; fetched one at a time,
            so that they need not all be in memory.
        names: What messages call each.
        size: Height and width in pixels, 16 to 512. None keeps a shape that all pictures share, of 16
            to 224 pixels a side, and gives 64 otherwise, or 32 where half the pictures or more are smaller
            than 64.
        fit: `crop` fills the square and cuts evenly what sticks out, `pad` shows all, with bars of black.
        on_bad: What unreadable pictures are: an `error` that lists them all, or left out (`skip`).
        cache: Folder of the stores; the folder `images` of the user's cache by default.
        progress: Called now and then with how many pictures are decoded or checked, and how many there are.
        say: Called with a line for the user where a store is damaged.

    Raises:
        RequestError: If `size` is out of its range.
        DataError: If pictures are bad, one a line in `details`; if all are; if the cache cannot be written.

    Example:
        >>> store = build_store([Path("a.png"), Path("b.jpg")], ["a.png", "b.jpg"])  # doctest: +SKIP
        >>> store.images.shape  # doctest: +SKIP
        (2, 3, 64, 64)
    """
    check_size(size)
    for option, value, choices in (
        (Parameter("fit"), fit, get_args(Fit)),
        (Parameter("on_bad_image"), on_bad, get_args(OnBadImage)),
    ):
        if value not in choices:
            raise unknown_name(option, value, choices)
    if len(pictures) == 0:
        raise DataError.expected("the images", "one or more", 0, "Check the path.")
    folder = cache or cache_dir() / IMAGES_FOLDER
    try:
        header, images = _stored(pictures, folder, _Wish(size, fit, progress, say))
    except (OSError, NotWrittenError) as error:
        raise DataError.expected(
            f"the cache {folder}",
            "readable and writable",
            error.strerror or str(error),
            "Make room or mend its permissions, or set TASKGRAFT_CACHE to another folder.",
        ) from error
    bad = tuple(BadImage(names[position], reason) for position, reason in header.bad)
    if bad and (on_bad == "error" or len(bad) == len(pictures)):
        raise _bad_images(bad, len(pictures))
    left_out = np.array([position for position, _ in header.bad], dtype=np.int64)
    positions = np.setdiff1d(np.arange(len(pictures), dtype=np.int64), left_out)
    return ImageStore(images, positions, bad, header.digest)


def release(images: npt.NDArray[np.uint8]) -> None:
    """Tells the system that the pages of mapped images that were read are not needed for now.

    They stay in the system's cache while there is room for it, and are mapped again when read again, but
    do not count as this process's memory. Does nothing to an array that is not mapped, nor on a system
    without `madvise`.

    Args:
        images: Any array, of a store or not; nothing was written to it.

    Example:
        >>> release(np.zeros((1, 3, 2, 2), np.uint8))
    """
    owner: object = images
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def store_of(images: npt.NDArray[np.uint8]) -> Path | None:
    """The file that images are mapped from; None for images in memory.

    Example:
        >>> store_of(np.zeros((1, 3, 2, 2), np.uint8))
    """
    filename = getattr(images, "filename", None)
    return None if filename is None else Path(filename)


@dataclass(frozen=True)
class _Wish:
    """How a store is to be made, and whom to tell of it."""

    size: int | None
    fit: Fit
    progress: Progress | None
    say: Say | None


def _stored(
    pictures: Sequence[Picture], folder: Path, wish: _Wish
) -> tuple[StoredHeader, npt.NDArray[np.uint8]]:
    """The store of these pictures, written first where it is missing; of several processes one writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    remove_dead_parts(folder)
    contents = contents_of(pictures, folder)
    key = hashlib.sha256(f"{_VERSION} {wish.size} {wish.fit} ".encode())
    key.update(contents.data)
    path = folder / f"{key.hexdigest()[:32]}.images"
    with suppress(DamagedStore):  # perhaps another process is mending it
        if (stored := _opened(path, wish.progress)) is not None:
            return stored
    with locked(path.with_suffix(".lock")):
        try:
            if (stored := _opened(path, wish.progress)) is not None:
                return stored
        except DamagedStore as damage:
            if wish.say:
                wish.say(f"The image store {path.name} is damaged: {damage}. Its pictures are decoded again.")
        _make(path, pictures, wish)
        try:
            made = open_stored(path)
        except DamagedStore:
            made = None
        if made is None:
            raise OSError(f"the store {path.name} was changed by another program")
        if not _is_lasting(made[0], pictures, contents, folder):
            forget_stored(path)
    return made


def _opened(path: Path, progress: Progress | None) -> tuple[StoredHeader, npt.NDArray[np.uint8]] | None:
    """A store, unless pictures were left out of it that can be read by now."""
    stored = open_stored(path, progress)
    if stored is not None and has_heif() and any(reason == NEEDS_HEIF for _, reason in stored[0].bad):
        return None
    return stored


def _is_lasting(
    header: StoredHeader, pictures: Sequence[Picture], contents: npt.NDArray[np.uint8], folder: Path
) -> bool:
    """Whether a store just made is what these contents give, and will be when they are met again."""
    for position, reason in header.bad:
        if is_passing(reason) and not is_of_no_picture(contents[position], reason):
            return False  # it could be read a moment ago
    # Bytes cannot change; a file may have, between its hash and its pixels.
    return isinstance(pictures[0], bytes) or np.array_equal(contents_of(pictures, folder), contents)


def _make(path: Path, pictures: Sequence[Picture], wish: _Wish) -> None:
    with quiet_pillow():
        layout = survey(pictures, wish.size)
        with closing(_decoded(pictures, layout, wish.fit, wish.progress)) as decoded:
            write_stored(path, decoded, (layout.num_channels, layout.height, layout.width))


def _decoded(
    pictures: Sequence[Picture], layout: Layout, fit: Fit, progress: Progress | None
) -> Generator[npt.NDArray[np.uint8] | str, None, None]:
    """Image or reason for each picture, in order."""

    def image_of(picture: Picture) -> npt.NDArray[np.uint8] | str:
        shape = layout.height, layout.width
        image = decode(picture, "", shape=shape, num_channels=layout.num_channels, fit=fit)
        return image.reason if isinstance(image, BadImage) else image

    with closing(in_order(image_of, pictures)) as images:
        for num_done, image in enumerate(images, start=1):
            yield image
            if progress and (num_done % _PICTURES_A_REPORT == 0 or num_done == len(pictures)):
                progress(num_done, len(pictures))


def _bad_images(bad: Sequence[BadImage], num_pictures: int) -> DataError:
    rule, remedy = (
        f"0 of {num_pictures}",
        f"Mend or remove them, or pass {Parameter('on_bad_image', 'skip')}.",
    )
    if len(bad) == num_pictures:
        rule, remedy = f"fewer than all {num_pictures}", "Check the path."
    if any(image.reason == NEEDS_HEIF for image in bad):
        remedy = f"Run `{INSTALL_HEIF}` to read HEIC. {remedy}"
    error = DataError.expected("the number of unreadable images", rule, len(bad), remedy)
    return error.with_details(image.line for image in bad)
