"""Several datasets in one table: the mean effect, and the population it speaks of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study
from scipy import stats

from taskgraft.architecture import catalogue, flat
from taskgraft.cli.report import _report_many
from taskgraft.data.sources import load
from taskgraft.errors import RequestError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.report import across_text, write_across
from taskgraft.study import Study, read_study
from taskgraft.verdict import conclude_across
from taskgraft.verdict._datasets import datasets_of, on_one_source

LEVELS = TAXONOMY.level_names
THREE = (*(catalogue(LEVELS)[name] for name in ("independent", "shared")), *flat(LEVELS).values())


def of_data(study: Study, number: int) -> Study:
    """The study as if it were of other data."""
    data = study.record.request.data.model_copy(
        update={"digest": str(number) * 64, "source": f"data {number}"}
    )
    request = study.record.request.model_copy(update={"data": data})
    return replace(study, record=study.record.model_copy(update={"request": request}))


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Study]:
    gains = [{"shared": 0.2}, {"shared": 0.22}, {"shared": 0.18}, {"shared": 0.18}]
    return [
        of_data(
            drawn_study(
                tmp_path_factory.mktemp("of"), gains=each, seeds=[0, 1], architectures=THREE, side=16
            ),
            min(number, 2),
        )
        for number, each in enumerate(gains)
    ]


def test_each_dataset_counts_once(studies: list[Study]) -> None:
    verdicts, across = conclude_across(studies)
    # The last two are of the same data.
    assert across.datasets == (0, 1, 2, 2)
    (shared, flat_one) = across.from_control
    assert (shared.first, shared.second, flat_one.first) == ("shared", "independent", "flat")
    effects = [one.estimate for one in shared.of_studies if one]
    values = [effects[0], effects[1], np.mean(effects[2:])]
    assert shared.mean is not None
    assert shared.mean.estimate == pytest.approx(np.mean(values))
    assert shared.mean.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert shared.is_detected
    assert [one.first for one in across.from_flat] == ["independent", "shared"]
    assert across.sentences[0].startswith(
        "In full-path accuracy, mean over 3 datasets with its 95 % interval, detected"
    )
    assert "speaks of datasets like these" in across.sentences[1]
    assert len(verdicts) == 4


def of_source(study: Study, number: int, source: str, *names: str) -> Study:
    """The study as if it were of other data of a source, with test images of these names on record."""
    renamed = of_data(study, number)
    data = renamed.record.request.data.model_copy(update={"source": source})
    request = renamed.record.request.model_copy(update={"data": data})
    return replace(
        renamed,
        directory=study.directory.parent / f"{source}-{number}-{'-'.join(names)}".replace("/", "-"),
        record=renamed.record.model_copy(update={"request": request}),
    )


@pytest.fixture
def with_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def names(directory: Path, digest: str) -> dict[str, tuple[str, ...]]:
        of_test = directory.name.split(f"-{digest[0]}-")[1]
        if not of_test:
            raise FileNotFoundError
        return {"val": (), "test": tuple(of_test.split("-"))}

    monkeypatch.setattr("taskgraft.verdict._datasets.read_names", names)


@pytest.mark.usefixtures("with_names")
@pytest.mark.parametrize(
    ("given", "datasets"),
    [
        # Another limit of one source; and images without names on record.
        ([("shapes", "a", "b"), ("shapes", "b"), ("cifar100", "b")], (0, 0, 1)),
        ([("shapes",), ("shapes", "b"), ("cifar100", "b")], (0, 0, 1)),
        # Two folders of one name, of other pictures; and one folder by two paths.
        ([("photos", "a"), ("photos", "b")], (0, 1)),
        ([("photos", "a"), ("/home/me/photos", "a"), ("mine", "a")], (0, 0, 1)),
        # What both overlap with makes one of two.
        ([("photos", "a"), ("photos", "b"), ("more", "c"), ("photos", "a", "b")], (0, 0, 1, 0)),
    ],
)
def test_drawings_of_one_source_are_one_dataset(
    studies: list[Study], given: list[tuple[str, ...]], datasets: tuple[int, ...]
) -> None:
    several = [of_source(studies[0], number, *each) for number, each in enumerate(given)]
    assert datasets_of(several) == datasets
    said = [*on_one_source(several, datasets)]
    assert len(said) == (len(set(datasets)) < len(datasets))


def test_what_counts_once_is_said(studies: list[Study]) -> None:
    def called(study: Study, source: str) -> Study:
        data = study.record.request.data.model_copy(update={"source": source})
        request = study.record.request.model_copy(update={"data": data})
        return replace(study, record=study.record.model_copy(update={"request": request}))

    several = [called(studies[0], "shapes"), called(studies[1], "shapes"), studies[2]]
    _, across = conclude_across(several)
    assert across.datasets == (0, 0, 1)
    (shared, _) = across.from_control
    effects = [one.estimate for one in shared.of_studies if one]
    assert shared.mean is not None
    assert shared.mean.estimate == pytest.approx(np.mean([np.mean(effects[:2]), effects[2]]))
    assert across.sentences[0].startswith("In full-path accuracy, mean over 2 datasets")
    assert across.sentences[-1].startswith("Some studies share a dataset: two of shapes.")
    with pytest.raises(
        RequestError, match="of two datasets or more, but got one, shapes, whatever is limited"
    ):
        conclude_across(several[:2])


def test_limits_of_built_in_data_are_one_dataset(tiny_recipe: Recipe, tmp_path: Path) -> None:
    def study_of(name: str, **options: int) -> Study:
        data = load("shapes", num_train=320, num_test=100, **options)
        return compare(data, "shared", tiny_recipe, 1, out=tmp_path / name, listener=silent)

    assert datasets_of([study_of("all"), study_of("few", limit=100), study_of("other", seed=7)]) == (0, 0, 0)


def test_terminal_and_page_show_every_study(studies: list[Study], tmp_path: Path) -> None:
    verdicts, across = conclude_across(studies[:3])
    concluded = list(zip(studies, verdicts, strict=False))
    text = across_text(concluded, across)
    assert max(map(len, text.splitlines())) <= 80
    assert [line.split()[0] for line in text.splitlines()[:3]] == ["A", "B", "C"]
    assert "less the control, points" in text
    page = write_across(concluded, across, tmp_path / "page.html").read_text("utf-8")
    assert "3 datasets together" in page
    for study in studies[:3]:
        assert study.record.request.data.source in page
    assert json.dumps(across.sentences)


def test_one_dataset_or_two_scores_are_refused(studies: list[Study]) -> None:
    with pytest.raises(RequestError, match="to be of two datasets or more, but got one"):
        conclude_across([studies[2], studies[3], studies[3]])
    goal = studies[0].record.goal.model_copy(update={"prefer": "kind"})
    other = replace(studies[0], record=studies[0].record.model_copy(update={"goal": goal}))
    with pytest.raises(RequestError, match="one primary score, but got kind accuracy and full-path accuracy"):
        conclude_across([other, *studies[1:3]])


def declared(study: Study) -> Study:
    """The study with the number of its seeds declared, without which looks do not count."""
    goal = study.record.goal.model_copy(update={"max_seeds": 2})
    return replace(study, record=study.record.model_copy(update={"goal": goal}))


def test_every_verdict_that_is_shown_so_is_a_look(studies: list[Study], tmp_path: Path) -> None:
    assert [read_study(study.directory).looks for study in studies] == [()] * 4
    shown = [*map(declared, studies[:3])]
    _report_many(shown, (None, None), tmp_path / "page.html", as_json=False)
    looks = [[look.seeds for look in read_study(study.directory).looks] for study in studies]
    assert looks == [[(0, 1)]] * 3 + [[]]
