"""A dataset in memory or mapped from disk: its splits, its contact sheet, its export."""

from taskgraft.data._captioned import captioned
from taskgraft.data._contact_sheet import contact_sheet, images_shown
from taskgraft.data._dataset import Dataset
from taskgraft.data._export import PARQUET_SUFFIXES, check_export_place, export
from taskgraft.data._lost_classes import LostClass
from taskgraft.data._overview import overview, overview_text
from taskgraft.data._partitions import partition_split
from taskgraft.data._provenance import SPLIT_AS_GIVEN, Origin, Provenance
from taskgraft.data.labels import SPLITS, Split
from taskgraft.data.store import StoreEntry, list_stores, remove_store

__all__ = [
    "PARQUET_SUFFIXES",
    "SPLITS",
    "SPLIT_AS_GIVEN",
    "Dataset",
    "LostClass",
    "Origin",
    "Provenance",
    "Split",
    "StoreEntry",
    "captioned",
    "check_export_place",
    "contact_sheet",
    "export",
    "images_shown",
    "list_stores",
    "overview",
    "overview_text",
    "partition_split",
    "remove_store",
]
