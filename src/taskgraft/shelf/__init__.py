"""What studies there are on this disk, listed and removed."""

from taskgraft.shelf._listing import StudyEntry, list_studies, num_bytes_of
from taskgraft.shelf._removal import check_removable, remove_studies

__all__ = [
    "StudyEntry",
    "check_removable",
    "list_studies",
    "num_bytes_of",
    "remove_studies",
]
