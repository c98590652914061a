"""What shows no difference stands in one sentence."""

from taskgraft.statistics import Interval
from taskgraft.verdict._change import Change, spoken

NOTHING = Interval(0.001, -0.003, 0.004, 5)
RISE = Interval(0.018, 0.012, 0.024, 5)


def change(name: str, interval: Interval = NOTHING, is_detected: bool = False, **more: str) -> Change:
    return Change(name, [("fine accuracy", interval, is_detected)], **more)


def test_what_shows_nothing_is_one_sentence_where_the_first_of_it_stands() -> None:
    items = ["One.", change("Sharing"), change("Top flow", RISE, True), change("Low flow"), "Two."]
    one, silent, rise, two = spoken(items)
    assert (one, two) == ("One.", "Two.")
    assert silent == (
        "No detectable difference in fine accuracy (95 % intervals): sharing (+0.1, −0.3 to +0.4); low flow "
        "(+0.1, −0.3 to +0.4); 5 seeds."
    )
    assert rise.startswith("Top flow raised fine accuracy by 1.8 points")


def test_one_alone_keeps_its_sentence_and_undecided_ones_theirs() -> None:
    undecided = Interval(0.003, 0.001, 0.005, 5)
    alone, open_one = spoken([change("Sharing"), change("Flow", undecided)])
    assert alone.startswith("Sharing made no detectable difference to fine accuracy")
    assert "undecided after Holm's correction" in open_one


def test_other_seeds_and_other_scores_are_not_mixed() -> None:
    fewer = Interval(0.001, -0.003, 0.004, 3)
    other = Change("Width", [("coarse accuracy", NOTHING, False)])
    assert len([*spoken([change("Sharing"), change("Flow", fewer), other])]) == 3


def test_several_scores_are_summed_up_and_a_tail_and_a_short_name_stay() -> None:
    both = [("coarse accuracy", NOTHING, False), ("fine accuracy", Interval(-0.002, -0.01, 0.006, 5), False)]
    pair = [Change("Predicting kind as x does", both, ", at 2 times the MACs", short="x"), Change("Y", both)]
    (sentence,) = spoken(pair)
    assert sentence == (
        "No detectable difference in coarse accuracy or fine accuracy (95 % intervals): x, at 2 times the "
        "MACs (−0.2 to +0.1, all 95 % intervals within −1.0 to +0.6); y (−0.2 to +0.1, all 95 % intervals "
        "within −1.0 to +0.6); 5 seeds."
    )
