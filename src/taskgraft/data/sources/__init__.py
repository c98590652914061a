"""One place data can come from in each file, and `load`, which knows them all."""

from taskgraft.data.sources._arrays import from_arrays
from taskgraft.data.sources._folder import read_folder
from taskgraft.data.sources._larger import larger_images
from taskgraft.data.sources._samples import Samples
from taskgraft.data.sources._sources import READERS, SOURCES, Reader, load
from taskgraft.data.sources._table import is_table, read_pictures, read_table
from taskgraft.data.sources._taxonomy_file import TAXONOMY_FILE, read_taxonomy

__all__ = [
    "READERS",
    "SOURCES",
    "TAXONOMY_FILE",
    "Reader",
    "Samples",
    "from_arrays",
    "is_table",
    "larger_images",
    "load",
    "read_folder",
    "read_pictures",
    "read_table",
    "read_taxonomy",
]
