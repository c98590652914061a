"""Learning curves: what they draw, and that they hold for odd curves and names."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.architecture import Architecture, catalogue
from taskgraft.recipe import Variant, quick
from taskgraft.report.charts._axis import Axis
from taskgraft.report.charts._curves import Curve, Panel
from taskgraft.report.charts._learning_chart import curve_chart
from taskgraft.report.charts._look import Look, looks
from taskgraft.report.page._learning import learning_panels

SVG = "{http://www.w3.org/2000/svg}"
LOOK = Look(hue=0, is_dashed=False)


def draw(*curves):
    return ElementTree.fromstring(curve_chart(Panel("Validation accuracy", "accuracy, %", curves)))


def curve(*seeds, name="mine", look=LOOK):
    return Curve(name, look, tuple(tuple(seed) for seed in seeds))


def of_class(svg, name):
    return [element for element in svg.iter() if name in element.get("class", "").split()]


def places(svg):
    """Every point of every line and marker."""
    paths = [*of_class(svg, "line"), *of_class(svg, "axis"), *of_class(svg, "grid")]
    numbers = [re.findall(r"-?[\d.]+", path.get("d")) for path in paths]
    numbers += [re.findall(r"-?[\d.]+", marker.get("transform")) for marker in of_class(svg, "marker")]
    return [(float(x), float(y)) for row in numbers for x, y in zip(row[::2], row[1::2], strict=True)]


def test_a_bold_mean_a_thin_line_a_seed_and_a_marker_an_epoch():
    svg = draw(curve([(1, 10), (2, 20)], [(1, 20), (2, 40)]))
    assert len(of_class(svg, "seed")) == 2
    assert len(of_class(svg, "mean")) == 1
    assert [m.find(f"{SVG}title").text for m in of_class(svg, "marker")] == [
        "mine, epoch 2: 30",
        "mine, epoch 1: 15",
    ]


def test_one_seed_is_its_own_mean_and_has_no_thin_line():
    svg = draw(curve([(1, 10), (2, 20)]))
    assert (len(of_class(svg, "seed")), len(of_class(svg, "mean"))) == (0, 1)


def test_the_mean_ends_where_the_first_seed_does():
    stopped = curve([(1, 10), (2, 20), (3, 30)], [(1, 30), (2, 40)])
    assert stopped.mean == ((1, 20), (2, 30))


@pytest.mark.parametrize(
    "seed",
    [
        [(1, 50)],
        [(0.25, 0)],
        [(0.5, 10), (1.0, 12), (1.5, 9)],
        [(1, 100), (2, 100), (3, 100)],
        [(float(i), 2.0 + i % 3 * 1e-13) for i in range(1, 200)],
    ],
)
def test_odd_curves_stay_inside_the_chart(seed):
    svg = draw(curve(seed))
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places(svg))
    assert 1 <= len(of_class(svg, "marker")) <= 10
    last = of_class(svg, "marker")[0].find(f"{SVG}title").text
    assert f"epoch {seed[-1][0]:g}:" in last


def test_whole_epochs_have_whole_ticks():
    svg = draw(curve([(1, 10), (2, 20), (3, 25)]))
    words = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"1", "2", "3"} <= set(words)
    assert "1.5" not in words


def test_axes_name_their_quantities_and_a_reader_hears_where_curves_end():
    svg = draw(curve([(1, 10), (2, 20.25)], name="this"), curve([(1, 12)], name="that"))
    words = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"accuracy, %", "epochs trained"} <= set(words)
    assert svg.find(f"{SVG}title").text == "Validation accuracy"
    assert svg.find(f"{SVG}desc").text.endswith("At the end: this 20.25 after 2, that 12 after 1.")
    assert svg.get("role") == "img"


def test_a_page_can_hide_a_series_by_its_number():
    svg = draw(curve([(1, 10)]), curve([(1, 12)]))
    assert [len(of_class(svg, f"series-{number}")) for number in (1, 2, 3)] == [1, 1, 0]


def test_names_are_text_and_what_xml_forbids_is_replaced():
    svg = draw(curve([(1, 10)], name="<script>&\x00"))
    assert of_class(svg, "marker")[0].find(f"{SVG}title").text == "<script>&\ufffd, epoch 1: 10"


def test_a_panel_for_each_level_and_one_for_the_loss(tell):
    study = tell(
        levels=("a", "b", "c"), epochs=lambda name, seed: (1.0, 1.5) if seed else (1.0,), seeds=(0, 1)
    ).study
    panels = learning_panels(study)
    titles = [panel.title for panel in panels]
    assert titles == [*(f"Validation accuracy: {level}" for level in "abc"), "Training loss"]
    assert [c.name for c in panels[0].curves] == [*catalogue(["a", "b", "c"]), "shared@independent-macs"]
    assert [len(seed) for seed in panels[0].curves[0].seeds] == [1, 2]
    assert 1 < panels[0].curves[0].seeds[0][0][1] < 100


def variants(architectures):
    return [Variant(each.name, each, quick()) for each in architectures]


def test_looks_tell_the_catalogue_apart_by_flow_and_trunk():
    found = looks(variants(catalogue(["a", "b", "c"]).values()))
    assert len(set(found.values())) == len(found)
    assert found["shared"].hue == found["independent"].hue
    assert all(look.is_dashed == name.startswith("shared") for name, look in found.items())
    assert len({(found[name].marker, found[name].style) for name in found}) == 3


def test_twins_are_told_apart_too():
    twins = [Architecture(name, ("a", "b")) for name in "wxyz"]
    assert len(set(looks(variants(twins)).values())) == 4


@given(st.lists(st.floats(-1e5, 1e5), min_size=1), st.integers(2, 10))
def test_a_rounded_axis_holds_its_values_between_its_outer_ticks(values, most):
    axis = Axis.rounded(values, 0, 100, most)
    slack = 1e-5 * (axis.high - axis.low)
    assert axis.low - slack <= min(values) <= max(values) <= axis.high + slack
    assert axis.ticks[0] == pytest.approx(axis.low)
    assert axis.ticks[-1] == pytest.approx(axis.high)
    assert 2 <= len(axis.ticks) <= most + 3
    assert all(-0.01 <= axis.at(value) <= 100.01 for value in values)
