"""Pictures decoded once, kept on disk and mapped into memory."""

from taskgraft.data.store._image_store import ImageStore, OnBadImage, build_store, release
from taskgraft.data.store._stores import StoreEntry, list_stores, remove_store
from taskgraft.data.store._survey import LARGEST, SMALLEST

__all__ = [
    "LARGEST",
    "SMALLEST",
    "ImageStore",
    "OnBadImage",
    "StoreEntry",
    "build_store",
    "list_stores",
    "release",
    "remove_store",
]
