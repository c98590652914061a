"""What the records say in sentences, by rule: counts of what was shown, and nothing that was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.methods.questions import OVER_FLAT, TUNED_WEIGHTS, TWINS, Question
from benchmarks.methods.records import Answer, Conclusion, Said
from benchmarks.methods.variants import EQUAL
from taskgraft.verdict import count, listed, magnitude

_SAID: tuple[Said, ...] = ("better", "worse", "alike", "undecided")
_IN_WORDS = {"alike": "within a point"}


@dataclass(frozen=True)
class Topic:
    """A question about one kind of methods.

    Attributes:
        question: Which one.
        kinds: Of the methods.
        subject: These in words, as a sentence begins.
        rival: What they are compared with, in words.
    """

    question: Question
    kinds: tuple[str, ...]
    subject: str
    rival: str


TOPICS = (
    Topic(
        TUNED_WEIGHTS, ("balancing",), "Balancings of losses or gradients", "fixed weights that were tuned"
    ),
    Topic(
        TUNED_WEIGHTS,
        ("soft sharing", "flow", "architecture"),
        "Other architectures",
        "`shared` with fixed weights that were tuned",
    ),
    Topic(
        OVER_FLAT,
        ("plain", "balancing", "soft sharing", "flow", "architecture"),
        "Methods that learn several levels",
        "`flat`, one network for the finest level",
    ),
    Topic(TWINS, ("soft sharing",), "Ways of soft sharing", "`shared`, widened to the same cost"),
    Topic(TWINS, ("flow", "architecture"), "Flows and separate trunks", "`shared` at the same cost"),
    Topic(TWINS, ("balancing",), "Balancings of losses or gradients", "equal weights, whose rate was tuned"),
)


def advice(conclusions: Sequence[Conclusion]) -> Iterator[str]:
    """What a practitioner should do, a sentence or more for each topic."""
    yield from _on_weights(conclusions)
    for topic in TOPICS:
        by_name = _by_name(topic, conclusions)
        if not by_name:
            continue
        yield f"{topic.subject} against {topic.rival}: {_counts(by_name)}. {_taken(topic, by_name)}"


def undecided(conclusions: Sequence[Conclusion]) -> Iterator[str]:
    """What stays open: what could turn a conclusion round, and a sentence a piece and question."""
    for one in conclusions:
        yield from (f"{one.title}. {caution}" for caution in one.grave)
        for question in (TUNED_WEIGHTS, OVER_FLAT, TWINS):
            answers = one.answers.get(question.name, ())
            wide = [answer for answer in answers if answer.said == "undecided"]
            if wide:
                yield (
                    f"{one.title}. {question.words} Undecided for {_which(wide, len(answers))}. "
                    f"The middle one of their intervals reaches {magnitude(_reach(wide))} points either way."
                )


def _which(answers: Sequence[Answer], total: int) -> str:
    if len(answers) == total:
        return f"all {total}" if total > 1 else "the only one"
    return f"{len(answers)} of {total}: {', '.join(f'`{answer.name}`' for answer in answers)}"


def _on_weights(conclusions: Sequence[Conclusion]) -> Iterator[str]:
    """Whether to tune the weight beside the rate pays: `shared` with equal weights against tuned ones."""
    answers = [
        (one, answer)
        for one in conclusions
        for answer in one.answers.get(TUNED_WEIGHTS.name, ())
        if answer.name == EQUAL
    ]
    if not answers:
        return
    # Of the equal weights it is said that they are worse.
    paid = [one.title for one, answer in answers if answer.said == "worse"]
    lost = [one.title for one, answer in answers if answer.said == "better"]
    text = (
        "To tune the weight of the finest level as well as the rate was shown to pay on "
        f"{_of(paid, len(answers))}"
    )
    yield f"{text}, and to cost accuracy on {_of(lost, len(answers))}." if lost else f"{text}."


def _of(titles: Sequence[str], total: int) -> str:
    how_many = f"{len(titles)} of {count(total, 'data set')}"
    return f"{how_many} ({'; '.join(titles)})" if titles else how_many


def _by_name(topic: Topic, conclusions: Sequence[Conclusion]) -> dict[str, list[tuple[str, Answer]]]:
    """By method its answers, each with the piece."""
    by_name: dict[str, list[tuple[str, Answer]]] = {}
    for one in conclusions:
        kinds = {row.name: row.kind for row in one.rows}
        for answer in one.answers.get(topic.question.name, ()):
            if kinds[answer.name] in topic.kinds:
                by_name.setdefault(answer.name, []).append((one.piece, answer))
    return by_name


def _counts(by_name: dict[str, list[tuple[str, Answer]]]) -> str:
    said = [answer.said for answers in by_name.values() for _, answer in answers]
    counted = ", ".join(f"{_IN_WORDS.get(word, word)} {said.count(word)}" for word in _SAID)
    return f"{counted} of {count(len(said), 'comparison')}"


def _taken(topic: Topic, by_name: dict[str, list[tuple[str, Answer]]]) -> str:
    """Which to take: those that were shown to be better than the rival somewhere, and worse nowhere."""
    places = {
        word: {
            name: [piece for piece, answer in answers if answer.said == word]
            for name, answers in by_name.items()
        }
        for word in ("better", "worse")
    }
    better = {name: where for name, where in places["better"].items() if where}
    worse = {name: where for name, where in places["worse"].items() if where}
    sentences = []
    if clear := {name: where for name, where in better.items() if name not in worse}:
        sentences.append(f"Worth a try, better than this rival somewhere and worse nowhere: {_named(clear)}.")
    if mixed := [name for name in better if name in worse]:
        names = listed([f"`{name}`" for name in mixed], "and")
        sentences.append(f"Better on one data set and worse on another: {names}.")
    if not better:
        sentences.append(
            f"None was shown to be better, so nothing here is a reason to take one over {topic.rival}."
        )
    if loses := {name: where for name, where in worse.items() if name not in better}:
        sentences.append(f"Shown to be worse: {_named(loses)}.")
    return " ".join(sentences)


def _named(places: dict[str, list[str]]) -> str:
    return ", ".join(f"`{name}` ({', '.join(where)})" for name, where in places.items())


def _reach(answers: Sequence[Answer]) -> float:
    return median((answer.difference.high - answer.difference.low) / 2 for answer in answers)
