"""Two studies on the same test images: paired by image, unpaired in seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from drawn_study import NUM_IMAGES, TAXONOMY, drawn_study

from taskgraft.architecture import NAMES, catalogue
from taskgraft.errors import RequestError
from taskgraft.recipe import changed, recipe
from taskgraft.report import two_studies_text
from taskgraft.report._terminal import MAX_LINES
from taskgraft.scores import about
from taskgraft.statistics import Bounds, unpaired_interval
from taskgraft.study import STUDY, Study, StudyRecord
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import BetweenStudies, StudyDifference, _two_studies, conclude, conclude_two
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather
from taskgraft.verdict._wording import DECODED

SIX = list(catalogue(TAXONOMY.level_names).values())
FOUR, SIX_EPOCHS = (changed(recipe("quick"), {"epochs": epochs}) for epochs in (4, 6))


def study(directory: Path, gain: float = 0.0, **options: object) -> Study:
    """Studies whose runs have nothing in common but the images."""
    asked = {"architectures": SIX[:2], "recipes": {"": FOUR}, "gains": dict.fromkeys(NAMES, gain), **options}
    return drawn_study(directory, **asked)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:
    """Five seeds of four epochs, three of six, which are worth 10 points to `shared` alone."""
    root = tmp_path_factory.mktemp("two")
    first = study(root / "four")
    second = study(root / "six", recipes={"": SIX_EPOCHS}, gains={"shared": 0.1}, seeds=(5, 6, 7))
    return first, second


@pytest.fixture(scope="module")
def between(pair: tuple[Study, Study]) -> BetweenStudies:
    return conclude_two(*pair)[2]


def test_variants_of_the_same_name_are_compared_with_the_interval_of_unpaired_seeds(
    pair: tuple[Study, Study], between: BetweenStudies
) -> None:
    assert {(d.first, d.second) for d in between.differences} == {(n, n) for n in ("independent", "shared")}
    assert {d.decodings for d in between.differences} == {("independent", "independent")}
    assert_intervals_of(between.differences, [gather(one) for one in pair])


def assert_intervals_of(differences: Sequence[StudyDifference], evidence: Sequence[Evidence]) -> None:
    """Each difference has the interval of the runs that it speaks of, in the decodings that it names."""
    for difference in differences:
        runs = []
        names = difference.first, difference.second
        for of_study, name, decoding in zip(evidence, names, difference.decodings, strict=True):
            seeds = of_study.seeds(name)
            samples = [of_study.sample(name, seed, difference.score, decoding) for seed in seeds]
            runs.append(([one.value for one in samples], np.stack([one.draws for one in samples])))
        fewest = min(one.num_images for one in samples)
        bounds = Bounds(-1, 1, fewest) if about(difference.score).unit == "%" else None
        assert difference.interval == unpaired_interval(runs[1], runs[0], bounds=bounds)
        assert difference.num_seeds == (5, 3)


def test_what_is_recommended_is_compared_as_it_is_recommended(
    pair: tuple[Study, Study],
) -> None:
    first, second, between = conclude_two(*pair, margin=20)
    assert first.recommendation
    assert second.recommendation
    taken = first.recommendation, second.recommendation
    differences = between.decoded_differences
    assert_intervals_of(differences, [gather(one) for one in pair])
    assert {d.score for d in differences} == {"accuracy.kind", "accuracy.species", "full_path_accuracy"}
    (best,) = {d.decodings for d in differences if (d.first, d.second) == tuple(r.variant for r in taken)}
    assert best == tuple(one.decoding for one in taken)
    assert best != ("independent", "independent")
    how = DECODED
    assert between.decoded_sentences[0].startswith(
        f"What B recommends ({taken[1].variant}, {how[best[1]]}) in place of what A recommends "
        f"({taken[0].variant}, {how[best[0]]}) raised kind accuracy by "
    )
    others = [d for d in differences if d.first == d.second == "independent"]
    assert ("independent", "independent") not in {d.decodings for d in others}
    assert any(one.startswith("independent (") for one in between.decoded_sentences)


def test_where_val_favours_no_decoding_there_is_nothing_more_to_say(tmp_path: Path) -> None:
    """Without a tree there is one way to decode, and each study has one variant."""
    flat = Taxonomy((Level("kind", ("a", "b")), Level("species", ("c", "d", "e"))), ())
    chosen = list(catalogue(flat.level_names).values())[:1]
    pair = [study(tmp_path / name, architectures=chosen, taxonomy=flat) for name in "ab"]
    between = conclude_two(*pair)[2]
    assert between.differences
    assert (between.decoded_sentences, between.decoded_differences) == ((), ())


def test_what_six_epochs_are_worth_is_detected_where_it_is(between: BetweenStudies) -> None:
    assert between.reason == ""
    assert between.num_images == NUM_IMAGES
    assert between.headline == "B is detectably better than A in full-path accuracy: shared (1 of 2)."
    assert between.headline.endswith("shared (1 of 2).")
    control, shared = between.sentences
    assert control.startswith("independent: B in place of A made no detectable difference to kind accuracy")
    assert shared.startswith("shared: B in place of A raised kind accuracy by ")
    assert shared.endswith("; 600 test images paired, seeds unpaired (5 and 3).")


def test_the_verdicts_are_those_of_each_study_alone(pair: tuple[Study, Study]) -> None:
    first, second, _ = conclude_two(*pair)
    assert [json.dumps(asdict(v), default=str) for v in (first, second)] == [
        json.dumps(asdict(conclude(one)), default=str) for one in pair
    ]


def test_the_terminal_answers_on_one_screen(pair: tuple[Study, Study]) -> None:
    first, second, between = conclude_two(*pair)
    text = two_studies_text((pair[0], first), (pair[1], second), between)
    lines = text.splitlines()
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= 80
    assert "- recipe.epochs: 4.0 in A, 6.0 in B" in lines
    (row,) = [line for line in lines if line.startswith("shared  ")]
    assert row.endswith("*")
    assert "the 600 test images are paired, seeds are not (5 and 3)" in " ".join(text.split())


def test_two_studies_of_one_variant_each_are_compared_whatever_their_names(tmp_path: Path) -> None:
    first = study(tmp_path / "a", architectures=SIX[:1])
    second = study(tmp_path / "b", architectures=SIX[1:2], gain=0.2, seeds=(0, 1, 2))
    between = conclude_two(first, second)[2]
    assert between.headline.startswith("shared of B in place of independent of A raised kind accuracy")
    assert between.sentences == ()
    assert {d.name for d in between.differences} == {"shared − independent"}


def test_one_seed_settles_nothing(tmp_path: Path) -> None:
    pair = study(tmp_path / "a", seeds=(0,)), study(tmp_path / "b", gain=0.3)
    between = conclude_two(*pair)[2]
    assert between.headline.startswith("A single seed in either study settles nothing")
    assert all(d.adjusted_p is None and not d.is_detected for d in between.differences)
    assert between.sentences[0].endswith("(1 and 5), and one seed settles nothing.")


def test_nothing_in_the_runs_is_no_detectable_difference(tmp_path: Path) -> None:
    first, second = study(tmp_path / "a"), study(tmp_path / "b", architectures=SIX[:2][::-1])
    assert conclude_two(first, second)[2].headline.startswith("No detectable difference between A and B")


def with_other_data(own: Study, **changes: object) -> Study:
    """The same study on record as one of other data."""
    path = own.directory / STUDY
    record = StudyRecord.model_validate_json(path.read_text())
    data = record.request.data.model_copy(update=changes)
    request = record.request.model_copy(update={"data": data})
    return replace(own, record=record.model_copy(update={"request": request}))


def test_of_other_images_nothing_is_compared(tmp_path: Path, pair: tuple[Study, Study]) -> None:
    three = Taxonomy.from_names(["kind", "species"], [(f"k{i // 3}", f"s{i}") for i in range(9)])
    other = study(tmp_path / "other", taxonomy=three)
    for second, reason in (
        (other, "they have other levels or classes"),
        (with_other_data(pair[1], digest="1" * 64), "nothing says that they were tested on the same images"),
    ):
        first_verdict, second_verdict, between = conclude_two(pair[0], second)
        assert between == BetweenStudies(reason)
        text = two_studies_text((pair[0], first_verdict), (second, second_verdict), between)
        assert (
            f"Nothing is paired, so no difference is given: the page shows them side by side ({reason})"
            in (" ".join(text.split()))
        )


def test_studies_without_a_common_variant_are_not_compared(tmp_path: Path) -> None:
    first = study(tmp_path / "a", architectures=SIX[:2])
    second = study(tmp_path / "b", architectures=SIX[2:4])
    assert conclude_two(first, second)[2].reason == "they have no variant of the same name"


def test_a_preference_must_suit_both(pair: tuple[Study, Study]) -> None:
    assert [v.recommendation.prefer for v in conclude_two(*pair, prefer="kind")[:2]] == ["kind", "kind"]
    with pytest.raises(RequestError, match="to be one of kind, species, full-path, latency"):
        conclude_two(*pair, prefer="kinds")


@pytest.mark.parametrize("names", [("a.png", "b.png"), ()])
def test_with_other_val_images_the_names_of_the_test_images_tell(
    pair: tuple[Study, Study], monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    monkeypatch.setattr(_two_studies, "_test_names", lambda study: names)
    between = conclude_two(pair[0], with_other_data(pair[1], digest="1" * 64))[2]
    assert bool(between.differences) == bool(names)
    other_options = with_other_data(pair[1], digest="1" * 64, options={"seed": 1})
    assert conclude_two(pair[0], other_options)[2].differences == ()


def test_on_a_screen_no_interval_is_wrapped(tmp_path: Path) -> None:
    """Short names and two wide columns: what does not fit beside the heading is left to the page."""
    taxonomy = Taxonomy.from_names(
        ["biological order", "species of insect"], [(f"k{i // 3}", f"s{i}") for i in range(9)]
    )
    pair = [study(tmp_path / name, taxonomy=taxonomy) for name in "ab"]
    first, second, between = conclude_two(*pair)
    lines = two_studies_text((pair[0], first), (pair[1], second), between).splitlines()
    assert max(map(len, lines)) <= 80
    for name in ("independent", "shared"):
        (row,) = [line for line in lines if line.startswith(f"{name}  ")]
        assert row.count("(") == row.count(")") == row.count(" to ") > 0
