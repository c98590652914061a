"""Charts as SVG that needs nothing around it, and as files."""

from taskgraft.report.charts._choice_chart import Candidate, choice_chart
from taskgraft.report.charts._curves import Curve, Panel
from taskgraft.report.charts._figures import Figure, write_figures
from taskgraft.report.charts._forest import Bar, forest_axis, forest_figures, forest_plot
from taskgraft.report.charts._learning_chart import MOST_CURVES, curve_chart, swatch
from taskgraft.report.charts._look import Look, looks
from taskgraft.report.charts._pareto import Cost, Point, pareto_chart
from taskgraft.report.charts._reliability import reliability_chart
from taskgraft.report.charts._risk_chart import RiskCurve, risk_chart

__all__ = [
    "MOST_CURVES",
    "Bar",
    "Candidate",
    "Cost",
    "Curve",
    "Figure",
    "Look",
    "Panel",
    "Point",
    "RiskCurve",
    "choice_chart",
    "curve_chart",
    "forest_axis",
    "forest_figures",
    "forest_plot",
    "looks",
    "pareto_chart",
    "reliability_chart",
    "risk_chart",
    "swatch",
    "write_figures",
]
