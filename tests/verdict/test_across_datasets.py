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
from taskgraft.errors import RequestError
from taskgraft.report import across_text, write_across
from taskgraft.study import Study, read_study
from taskgraft.verdict import conclude_across

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
