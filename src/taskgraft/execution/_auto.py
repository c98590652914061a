"""The recipe of a study that leaves it to the rule: as its record has it, else as the rule chooses today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from taskgraft.data import Dataset
from taskgraft.execution._fit import ChosenRecipe
from taskgraft.recipe import AutoRecipe, Facts, Trunk, auto_recipe, changed, flattened, read_value, shown
from taskgraft.study import AutoRecord

_NO_NAMES: Mapping[str, str] = {}


class AutoRecipes:
    """What `auto` is in one study, for all that is set beside it.

    What a record has is used again: a study goes on and grows with what it began with, whatever the rule
    says by then.

    Args:
        data: What is to be trained on.
        trunk: Whether one of timm is wanted, and with weights.
        recorded: What the study's record has.

    Attributes:
        records: Those, and what was chosen since.
    """

    def __init__(
        self, data: Dataset, trunk: Trunk = "the recipe's", recorded: Iterable[AutoRecord] = ()
    ) -> None:
        self._facts = facts_of(data, trunk)
        self._recorded = self.records = tuple(recorded)

    def choose(self, settings: Mapping[str, Any], names: Mapping[str, str] = _NO_NAMES) -> ChosenRecipe:
        """The recipe with these values set.

        Args:
            settings: Key paths and values.
            names: What errors call a key path.

        Raises:
            RequestError: If a setting is none of the recipe's.
        """
        settings = flattened(settings)
        given = {path: shown(read_value(value)) for path, value in sorted(settings.items())}
        record = next((each for each in self.records if each.given == given), None)
        if record is None:
            chosen = self._as_recorded(settings, given, names) or auto_recipe(self._facts, settings, names)
            record = AutoRecord(given=given, recipe=chosen.recipe, lines=chosen.lines)
            self.records = (*self.records, record)
        return ChosenRecipe(record.recipe, frozenset(settings), reasons=record.lines)

    def _as_recorded(
        self, settings: Mapping[str, Any], given: Mapping[str, str], names: Mapping[str, str]
    ) -> AutoRecipe | None:
        """What a record has for the most of these settings, with the rest; None if the rule is the same."""
        older = [each for each in self._recorded if each.given.items() <= given.items()]
        if not older:
            return None
        nearest = max(older, key=lambda each: len(each.given))
        its = {path: value for path, value in settings.items() if path in nearest.given}
        if auto_recipe(self._facts, its, names).recipe == nearest.recipe:
            return None
        return AutoRecipe(changed(nearest.recipe, settings, names), nearest.lines)


def facts_of(data: Dataset, trunk: Trunk) -> Facts:
    """What the rule looks at of a dataset."""
    leaves = data.labels_of("train")[:, -1]
    counts = np.bincount(leaves[leaves >= 0], minlength=data.taxonomy.num_classes[-1])
    return Facts(data.num_images["train"], min(data.image_shape[1:]), tuple(map(int, counts)), trunk)
