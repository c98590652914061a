"""Pictures decoded once, kept on disk and mapped into memory."""

from taskgraft.data.store._image_store import ImageStore, OnBadImage, build_store, release, store_of
from taskgraft.data.store._stored_images import DamagedStore, open_stored
from taskgraft.data.store._stores import IMAGES_FOLDER, StoreEntry, list_stores, remove_store
from taskgraft.data.store._survey import LARGEST, SMALLEST

__all__ = [
    "IMAGES_FOLDER",
    "LARGEST",
    "SMALLEST",
    "DamagedStore",
    "ImageStore",
    "OnBadImage",
    "StoreEntry",
    "build_store",
    "list_stores",
    "open_stored",
    "release",
    "remove_store",
    "store_of",
]
