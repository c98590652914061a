"""HEIC pictures, which Pillow reads with the help of another library."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

INSTALL_HEIF = "pip install taskgraft[heif]"
NEEDS_HEIF = f"a HEIC picture, which needs `{INSTALL_HEIF}`"


def has_heif() -> bool:
    """Whether HEIC pictures can be read here.

    Example:
        >>> has_heif() in (True, False)
        True
    """
    return find_spec("pillow_heif") is not None


@cache
def prepare_heif() -> None:
    """Teaches Pillow to read HEIC; to be called only where `has_heif`."""
    # Thumbnails and depth maps in a file are not what it shows.
    import_module("pillow_heif").register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
