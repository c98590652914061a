"""What a notebook shows of models and predictions."""

from __future__ import annotations

from made_predictions import made_predictions
from taskgraft.data import Dataset
from taskgraft.pictures import BadImage
from taskgraft.recipe import Recipe
from taskgraft.taxonomy import Taxonomy
from trained_model import trained_model

HOSTILE = '<script>alert("x")</script>'


def test_a_notebook_shows_text_and_no_markup() -> None:
    taxonomy = Taxonomy.from_names(["<b>kind</b>", "b"], [(HOSTILE, "1"), ("y", "2\u202e")])
    bad = tuple(BadImage(f"<i>{i}</i>", "an empty file") for i in range(12))
    predictions = made_predictions(
        taxonomy, [[0.9, 0.1]] * 12, [f"<u>{i}" for i in range(12)], threshold=0.95, bad=bad
    )
    for html in (predictions._repr_html_(), predictions[0]._repr_html_()):
        assert "<script" not in html
        assert "<i>" not in html
        assert "<u>" not in html
        assert "&lt;script&gt;" in html
        assert "0.950" in html
    shown = predictions._repr_html_()
    assert shown.count("<tr>") == 11
    assert "2 more pictures" in shown
    assert "not read: 2 more" in shown
    assert len(shown) < 8000


def test_a_model_shows_what_it_is(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    model = trained_model(tiny_data, tiny_recipe)
    assert repr(model) == (
        "Model(shared-coarse-to-fine, seed 0 of a study: group (2) > colour (4), from uint8 3 x 12 x 12)"
    )
    html = model._repr_html_()
    assert "group (2) &gt; colour (4)" in html
    assert "promised by 40 validation images" in html
