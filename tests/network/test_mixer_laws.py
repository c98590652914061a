"""Every mixer of ours keeps the laws of mixers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import mixer_laws
from taskgraft.network import MIXERS

OURS = ("cross-stitch", "sluice", "nddr", "gates", "dselect-k", "attention")


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("law", mixer_laws.LAWS)
def test_it_keeps_the_laws(name: str, law: Callable[[type], None]) -> None:
    law(MIXERS[name])


@pytest.mark.parametrize("name", ["nddr", "gates", "dselect-k", "attention"])
def test_its_products_are_counted(name: str) -> None:
    mixer_laws.assert_macs_are_counted(MIXERS[name])


def test_all_that_are_registered_are_tried() -> None:
    assert set(MIXERS) == set(OURS)
