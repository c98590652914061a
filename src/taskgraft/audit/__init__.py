"""What is wrong with a dataset: counts, taxonomy, duplicates, leaks."""

from taskgraft.audit._audit import audit
from taskgraft.audit._caution import data_caution
from taskgraft.audit._page import write_audit
from taskgraft.audit._text import audit_text

__all__ = [
    "audit",
    "audit_text",
    "data_caution",
    "write_audit",
]
