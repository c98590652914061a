from taskgraft.statistics import Interval
from taskgraft.verdict._change import changes


def test_what_holm_takes_back_is_undecided_not_undetected() -> None:
    told = changes("Flow", [("fine accuracy", Interval(0.003, 0.001, 0.005, 5), False)])
    assert told == (
        "Flow left fine accuracy (+0.3, 95 % interval +0.1 to +0.5) undecided after Holm's correction; "
        "5 seeds."
    )


def test_one_seed_decides_nothing() -> None:
    told = changes("Flow", [("fine accuracy", Interval(-0.3, -0.4, -0.2, 1), False)])
    assert told == (
        "Flow left fine accuracy (−30.0, 95 % interval −40.0 to −20.0) undecided; 1 seed, "
        "which settles nothing."
    )


def test_the_three_kinds_stand_in_one_sentence() -> None:
    told = changes(
        "Sharing",
        [
            ("a", Interval(0.001, -0.1, 0.1, 3), False),
            ("b", Interval(-0.02, -0.03, -0.01, 3), True),
            ("c", Interval(0.02, 0.01, 0.03, 3), False),
        ],
        ", at half the MACs",
    )
    assert told == (
        "Sharing lowered b by 2.0 points (95 % interval −3.0 to −1.0), left c (+2.0, +1.0 to +3.0) undecided "
        "after Holm's correction and made no detectable difference to a (+0.1, −10.0 to +10.0), "
        "at half the MACs; 3 seeds."
    )


def test_of_many_accuracies_that_did_not_change_the_range_is_told() -> None:
    nothing = [(f"level {i} accuracy", Interval(i / 1000, -0.01 - i / 100, 0.02, 3), False) for i in range(5)]
    assert changes("It", nothing) == (
        "It made no detectable difference to any of the 5 accuracies (0.0 to +0.4, all 95 % intervals within "
        "−5.0 to +2.0); 3 seeds."
    )
    rise = ("top accuracy", Interval(0.05, 0.04, 0.06, 3), True)
    assert "and made no detectable difference to the other 5 accuracies (" in changes("It", [rise, *nothing])
    assert "level 3 accuracy (" in changes("It", nothing[:4])
