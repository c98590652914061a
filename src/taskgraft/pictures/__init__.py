"""Picture files of any kind into pixels, within limits."""

from taskgraft.pictures._decode import REDUCING_GAP, RESAMPLING, Fit, Header, decode, pixels_of, read_header
from taskgraft.pictures._heif import INSTALL_HEIF, NEEDS_HEIF, has_heif
from taskgraft.pictures._in_order import in_order
from taskgraft.pictures._intake import Batch, batches
from taskgraft.pictures._named import NamedPicture, named_pictures
from taskgraft.pictures._picture_file import (
    MAX_FILE_BYTES,
    MAX_PIXELS,
    NO_PICTURE,
    BadImage,
    Picture,
    is_passing,
    open_picture,
    reason_of,
)
from taskgraft.pictures._picture_kind import KINDS_IN_WORDS, SUFFIXES, is_picture, is_picture_start
from taskgraft.pictures._quiet_pillow import quiet_pillow
from taskgraft.pictures._walk import Contents, walk

__all__ = [
    "INSTALL_HEIF",
    "KINDS_IN_WORDS",
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "NEEDS_HEIF",
    "NO_PICTURE",
    "REDUCING_GAP",
    "RESAMPLING",
    "SUFFIXES",
    "BadImage",
    "Batch",
    "Contents",
    "Fit",
    "Header",
    "NamedPicture",
    "Picture",
    "batches",
    "decode",
    "has_heif",
    "in_order",
    "is_passing",
    "is_picture",
    "is_picture_start",
    "named_pictures",
    "open_picture",
    "pixels_of",
    "quiet_pillow",
    "read_header",
    "reason_of",
    "walk",
]
