"""What is wrong with a dataset: counts, taxonomy, duplicates, leaks."""

from taskgraft.audit._audit import audit
from taskgraft.audit._caution import data_caution
from taskgraft.audit._records import Audit, AuditedImage, DuplicateGroup, LevelCount, Severity
from taskgraft.audit._text import audit_text

__all__ = [
    "Audit",
    "AuditedImage",
    "DuplicateGroup",
    "LevelCount",
    "Severity",
    "audit",
    "audit_text",
    "data_caution",
]
