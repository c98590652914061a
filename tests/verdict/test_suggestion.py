"""What one diagnosed run suggests of the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_study import TAXONOMY, drawn_study
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from taskgraft.architecture import catalogue, flat
from taskgraft.errors import StudyError
from taskgraft.file_writing import write_text
from taskgraft.probe import Probe, StageProbe
from taskgraft.study import DIAGNOSIS, Study, run_directory
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.verdict import suggest, suggestion_lines, transfer

SEVEN = (*catalogue(TAXONOMY.level_names), *flat(TAXONOMY.level_names))
APART = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", tuple("abcde"))])


def a_study(directory: Path, *affinities: tuple[float, float], taxonomy: Taxonomy = TAXONOMY) -> Study:
    """A study of `shared` from two seeds, of which the first has a probe for each pair of own and other."""
    architecture = catalogue(taxonomy.level_names)["shared"]
    study = drawn_study(directory, architectures=[architecture], seeds=[0, 1], taxonomy=taxonomy)
    probes = [
        Probe(
            step=10 * number,
            epoch=number,
            num_images=32,
            seconds=0.1,
            levels=taxonomy.level_names,
            stages=(StageProbe(norms=(1.0, 1.0)),),
            affinities=((own, other), (other, own)),
        )
        for number, (own, other) in enumerate(affinities, start=1)
    ]
    path = run_directory(study.directory, "shared", 0) / DIAGNOSIS
    if probes:
        write_text(path, "".join(probe.model_dump_json() + "\n" for probe in probes))
    return study


@pytest.mark.parametrize(
    ("other", "outlook", "worth"),
    [
        (0.02, "gains", ("shared", "shared-coarse-to-fine", "shared-fine-to-coarse", "flat")),
        (0.01, "open", SEVEN),
        (0.002, "costs", ("independent", "coarse-to-fine", "fine-to-coarse", "flat")),
        (-0.05, "costs", ("independent", "coarse-to-fine", "fine-to-coarse", "flat")),
    ],
)
def test_what_levels_do_for_one_another_decides(
    other: float, outlook: str, worth: tuple[str, ...], tmp_path: Path
) -> None:
    suggestion = suggest(a_study(tmp_path, (0.1, other)))
    assert (suggestion.outlook, suggestion.worth) == (outlook, worth)
    assert sorted(worth + suggestion.doubtful) == sorted(SEVEN)
    assert suggestion.transfer == pytest.approx(other / 0.1)


def test_it_is_the_mean_of_the_probes_of_the_first_run(tmp_path: Path) -> None:
    suggestion = suggest(a_study(tmp_path, (0.1, 0.01), (0.3, 0.15)))
    assert suggestion.num_probes == 2
    assert suggestion.transfer == pytest.approx(0.16 / 0.4)
    assert next(iter(suggestion_lines(suggestion))) == (
        "A step for one level does 40 % as much for another as for that level, as 2 probes of shared saw it."
    )


def test_without_a_tree_nothing_is_flat(tmp_path: Path) -> None:
    suggestion = suggest(a_study(tmp_path, (0.1, 0.05), taxonomy=APART))
    assert suggestion.worth == ("shared", "shared-coarse-to-fine", "shared-fine-to-coarse")


def test_a_run_without_a_probe_and_a_study_without_the_run_say_so(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="finished and diagnosed, but got no probe of it"):
        suggest(a_study(tmp_path / "bare"))
    other = [catalogue(TAXONOMY.level_names)["independent"]]
    with pytest.raises(StudyError, match="finished and diagnosed, but got no finished run"):
        suggest(drawn_study(tmp_path / "other", architectures=other, seeds=[0]))


@given(arrays(np.float64, (3, 3), elements=st.floats(-1, 1)), st.floats(0.01, 100))
def test_longer_steps_transfer_no_more(affinities: np.ndarray, ratio: float) -> None:
    np.fill_diagonal(affinities, np.abs(affinities.diagonal()) + 0.1)
    assert transfer(ratio * affinities) == pytest.approx(transfer(affinities), abs=1e-6)


def test_where_steps_for_a_level_do_not_help_itself_nothing_is_transferred() -> None:
    assert transfer(np.array([[-0.1, 0.5], [0.5, 0.1]])) == 0
