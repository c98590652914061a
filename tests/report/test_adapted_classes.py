"""Where no test image is of an old class, terminal, Markdown and page say so."""

from __future__ import annotations

from types import SimpleNamespace

from taskgraft.report import adaptation_text
from taskgraft.report._adapted import NO_OLD_CLASS
from taskgraft.report._markdown import _old_classes
from taskgraft.report.page._adapted import adapted
from taskgraft.report.page._render import render
from taskgraft.study import AdaptationRecord


def test_without_an_image_of_an_old_class_it_is_said_everywhere():
    record = AdaptationRecord(
        older_model="old.safetensors",
        added=(("pet", "rat"),),
        retired=(),
        renamed=(),
        num_old_images=0,
        num_new_images=0,
        older={},
        newer={},
        difference={},
        on_new={},
        runs="",
    )
    study = SimpleNamespace(adaptation=lambda: record)
    page = render("adapted.html", {"adapted": adapted(study), "no_old_class": NO_OLD_CLASS})
    for text in (adaptation_text(record), "\n".join(_old_classes(study)), page):
        assert NO_OLD_CLASS in text
        assert "pet > rat" in text.replace("&gt;", ">")
