"""The whole way, from pictures whose truth is known to the verdict: minutes of training."""

from pathlib import Path

import pytest

from taskgraft.architecture import NAMES
from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.verdict import Verdict, conclude

pytestmark = pytest.mark.slow


def judge(out: Path, *, relatedness: float, num_train: int, epochs: float) -> Verdict:
    """The six from five seeds on `shapes`."""
    data = load("shapes", num_train=num_train, num_test=2000, relatedness=relatedness)
    return conclude(compare(data, NAMES, "quick", 5, epochs=epochs, out=out, listener=silent))


def test_where_levels_are_independent_no_flow_is_declared_useful(tmp_path: Path) -> None:
    verdict = judge(tmp_path, relatedness=0, num_train=2000, epochs=6)
    gains = [
        effect
        for effect in verdict.effects
        if "to" in effect.name and effect.score.startswith("accuracy.") and effect.interval.estimate > 0
    ]
    assert len(gains) > 0
    assert not any(effect.is_detected for effect in gains)
    assert not any("flow raised" in sentence for sentence in (*verdict.sentences, *verdict.exploratory))


def test_where_levels_are_nested_and_data_is_scarce_sharing_helps(tmp_path: Path) -> None:
    verdict = judge(tmp_path, relatedness=1, num_train=640, epochs=12)
    sharing = next(e for e in verdict.effects if (e.name, e.score) == ("sharing", "full_path_accuracy"))
    assert sharing.is_detected
    assert sharing.interval.low > 0
    said = next(s for s in verdict.sentences if s.startswith("Sharing the trunk"))
    assert "raised full-path accuracy by" in said
