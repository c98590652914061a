from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.study._architecture_changes import architecture_changes

LEVELS = ("coarse", "fine")
SIX = list(catalogue(LEVELS).values())


def mine(*flows: Flow) -> Architecture:
    return Architecture("mine", LEVELS, "shared", flows)


def test_the_same_architectures_differ_in_nothing() -> None:
    assert architecture_changes(SIX, SIX) == []


def test_more_or_fewer_are_named_and_nothing_else() -> None:
    assert architecture_changes(SIX[:2], SIX[1:3]) == [
        "architectures: independent,shared there, shared,coarse-to-fine asked"
    ]


def test_what_one_of_the_same_name_shares_and_lets_flow_is_told_in_words() -> None:
    probs = Flow("coarse", "fine", carries="probs", passes_gradient=False)
    assert architecture_changes([mine()], [mine(probs)]) == [
        "flows of mine: none there, probs of coarse into fine, no gradient back asked"
    ]
    wider = Architecture("mine", LEVELS, "shared", width_ratio=1.5)
    assert architecture_changes([mine(probs)], [wider]) == [
        "flows of mine: probs of coarse into fine, no gradient back there, none asked",
        "width_ratio of mine: 1.0 there, 1.5 asked",
    ]
