"""Files that are downloaded, unpacked, read and written."""

from taskgraft.data.files._archive import members, unpacking
from taskgraft.data.files._download import cache_dir, without_downloads
from taskgraft.data.files._file_stamp import SETTLED_SECONDS, Stamp, is_settled, stamp_of
from taskgraft.data.files._reading import reading

__all__ = [
    "SETTLED_SECONDS",
    "Stamp",
    "cache_dir",
    "is_settled",
    "members",
    "reading",
    "stamp_of",
    "unpacking",
    "without_downloads",
]
