"""What the report says, and that it never says more than its intervals."""

from __future__ import annotations

from taskgraft.report.sentences import headline, leaders, verdicts
from taskgraft.statistics.paired import Interval
from taskgraft.study.records import RunCost
from taskgraft.study.summary import ArchitectureSummary, Difference, Spread

TOLD = Interval(0.018, 0.012, 0.024, num_seeds=3)
UNTOLD = Interval(0.003, -0.002, 0.008, num_seeds=3)


def row(name, accuracy, *, macs=100, num_parameters=1000, seeds=(0, 1, 2)):
    cost = RunCost(
        num_parameters=num_parameters, num_trainable_parameters=1, macs=macs, train_pflop=1.0,
        train_seconds=1.0, peak_memory_bytes=1,
    )  # fmt: skip
    std = 0.004 if len(seeds) > 1 else None
    return ArchitectureSummary(name, seeds, {"leaf": Spread(accuracy, std)}, {}, {}, cost)


CONTROL, OTHER = row("independent", 0.5), row("shared", 0.518, macs=50, num_parameters=980)


def test_the_headline_names_what_is_told_apart():
    found = [Difference("shared", "leaf", TOLD), Difference("mine", "leaf", UNTOLD)]
    assert headline([CONTROL, OTHER], found) == (
        "Detectably different from independent, the control, at one level or more: shared "
        "(1 of 2 architectures)."
    )


def test_no_detectable_difference_is_a_verdict():
    text = headline([CONTROL, OTHER], [Difference("shared", "leaf", UNTOLD)])
    assert text == "No detectable difference: no architecture can be told from independent at any level."


def test_a_single_seed_settles_nothing_however_clear_its_interval():
    single = Difference("shared", "leaf", Interval(0.3, 0.2, 0.4, num_seeds=1))
    assert headline([CONTROL, OTHER], [single]).startswith("A single seed settles nothing.")
    (verdict,) = verdicts([CONTROL, OTHER], [single])
    assert not verdict.is_told
    assert verdict.terms.startswith("1 seed, which settles nothing;")
    mixed = [single, Difference("mine", "leaf", UNTOLD)]
    assert headline([CONTROL, OTHER], mixed).startswith("No detectable difference")


def test_nothing_to_compare_is_said():
    assert headline([CONTROL], []).startswith("Only independent, the control, has finished runs")
    assert headline([OTHER], []).startswith("Nothing here can be compared with the control, independent")


def test_the_leader_stands_with_its_difference():
    (sentence,) = leaders(["leaf"], [CONTROL, OTHER], [Difference("shared", "leaf", TOLD)])
    assert (sentence.level, sentence.text) == (
        "leaf",
        "shared has the highest accuracy, 51.8 ± 0.4 % over 3 seeds. Against independent, 3 seeds: "
        "+1.8 points (95 % interval +1.2 to +2.4).",
    )


def test_a_leading_control_and_a_lone_architecture_have_no_difference():
    best = row("independent", 0.9)
    (sentence,) = leaders(["leaf"], [best, OTHER], [Difference("shared", "leaf", TOLD)])
    assert sentence.text == "independent has the highest accuracy, 90.0 ± 0.4 % over 3 seeds."
    (sentence,) = leaders(["leaf"], [row("shared", 0.9, seeds=(0,))], [])
    assert sentence.text == "shared scored 90.0 % over 1 seed."


def test_equal_leaders_share_the_lead():
    (sentence,) = leaders(["leaf"], [CONTROL, row("shared", 0.5)], [])
    assert sentence.text.startswith("independent and shared share the highest accuracy")


def test_a_verdict_gives_interval_seeds_and_cost():
    (verdict,) = verdicts([CONTROL, OTHER], [Difference("shared", "leaf", UNTOLD)])
    assert verdict.architecture == "shared"
    assert verdict.sentences[0].text == (
        "no detectable difference (+0.3 points, 95 % interval −0.2 to +0.8)."
    )
    assert verdict.terms == "3 seeds; 0.50 times the MACs and 0.98 times the parameters of independent."
    assert not verdict.is_told
