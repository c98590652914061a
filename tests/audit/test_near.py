"""Near duplicates: found whatever was done to the copy, and nothing else found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audited_pictures import COPIES, photographs
from taskgraft.audit import _near as near
from taskgraft.audit import _screen as screen
from taskgraft.audit._chance import measure_chance
from taskgraft.audit._likeness import cosines, likeness
from taskgraft.audit._near import NearPairs, near_pairs
from taskgraft.audit._signature import changes_sign, detail_maps, signatures
from taskgraft.data.sources import _shapes as shapes


def result(images: np.ndarray) -> NearPairs:
    maps = detail_maps(images)
    return near_pairs(maps, signatures(maps))


def pairs(of: NearPairs) -> set[tuple[int, int]]:
    return set(zip(of.first.tolist(), of.second.tolist(), strict=True))


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_found_and_nothing_else(kind):
    images, num_copies = photographs(400), 100
    both = result(np.concatenate([images, COPIES[kind](images[:num_copies])]))
    true = {(k, 400 + k) for k in range(num_copies)}
    recall = len(pairs(both) & true) / num_copies
    assert recall >= 0.95, f"recall {recall}"
    assert pairs(both) <= true, "precision below 1"
    assert both.is_mirrored.mean() == pytest.approx(float(kind == "mirrored"), abs=0.05)


def test_a_copy_of_half_the_side_meets_its_original():
    images = photographs(60, side=96)
    small = images.reshape(60, 3, 48, 2, 48, 2).mean((3, 5)).astype(np.uint8)
    maps = np.concatenate([detail_maps(images), detail_maps(small)])
    assert pairs(near_pairs(maps, signatures(maps))) == {(k, 60 + k) for k in range(60)}


def test_drawn_shapes_are_not_taken_for_duplicates():
    data = shapes.load(num_train=1600, num_test=160)
    assert not pairs(result(data.images))


def test_silhouettes_that_all_look_alike_are_not_taken_for_duplicates_but_a_copy_is():
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[-1:1:28j, -1:1:28j]
    size, lean = rng.uniform(0.55, 0.65, (2, 600, 1, 1))
    disc = (rows / size) ** 2 + (columns / lean) ** 2 < 1
    pictures = disc * (180 + rng.normal(0, 14, (600, 28, 28)))
    pictures[-1] = pictures[0] + rng.normal(0, 0.3, (28, 28)) * disc[0]
    images = np.clip(pictures, 0, 255).astype(np.uint8)[:, None]
    assert pairs(result(images)) == {(0, 599)}


def test_images_without_detail_are_never_near_duplicates():
    plain = np.repeat(np.arange(0, 250, 5, dtype=np.uint8), 3 * 32 * 32).reshape(-1, 3, 32, 32)
    ramp = np.broadcast_to(np.arange(32, dtype=np.uint8) * 4, (20, 3, 32, 32))
    assert not pairs(result(np.concatenate([plain, ramp])))


def test_images_too_small_for_details_have_none():
    assert not pairs(result(np.zeros((4, 1, 5, 5), np.uint8)))


def test_one_image_has_no_duplicate():
    assert not pairs(result(photographs(1)))


def every_pair(maps: np.ndarray) -> list[tuple[int, int, bool]]:
    """The near duplicates by one product of all signatures, without blocks, screen or candidates."""
    signed = signatures(maps).astype(np.float64)
    odd = changes_sign(8, signed.shape[1])
    plain, crossed = signed[:, ~odd] @ signed[:, ~odd].T, signed[:, odd] @ signed[:, odd].T
    chance = measure_chance(maps, signatures(maps)[:, ~odd], signatures(maps)[:, odd])
    looked_at = max(0.75, chance.cosine.least(5.0))
    first, second = np.nonzero(np.triu(plain + np.abs(crossed) >= looked_at, 1))
    is_mirrored = crossed[first, second] < 0
    alike = likeness(maps, first, second, is_mirrored)
    energy = np.square(maps.astype(np.float64)).mean((1, 2))
    faint = 0.85 * (1 + 45 / np.maximum(np.minimum(energy[first], energy[second]), 1))
    kept = alike >= np.maximum(faint, max(0.85, chance.likeness.least(0.01)))
    return sorted(zip(first[kept].tolist(), second[kept].tolist(), is_mirrored[kept].tolist(), strict=True))


@pytest.mark.parametrize("is_bf16", [True, False])
def test_the_pairs_are_those_of_a_comparison_of_every_two_images(monkeypatch, is_bf16):
    monkeypatch.setattr(screen, "multiplies_bf16", lambda device: is_bf16)
    images = photographs(2600)
    copies = [COPIES[kind](images[80 * k : 80 * (k + 1)]) for k, kind in enumerate(COPIES)]
    maps = detail_maps(np.concatenate([images, *copies]))
    shown = near_pairs(maps, signatures(maps))
    triples = zip(shown.first.tolist(), shown.second.tolist(), shown.is_mirrored.tolist(), strict=True)
    assert sorted(triples) == every_pair(maps)
    assert len(shown.first) > 500


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_both_cosines_come_from_the_halves(seed, width):
    rng = np.random.default_rng(seed)
    signs = np.where(changes_sign(width, 3 * width), -1, 1)
    one, two = rng.normal(size=(2, 4, 3 * width)).astype(np.float32)
    odd = signs < 0
    best, crossed = cosines(one[:, ~odd], one[:, odd], two[:, ~odd], two[:, odd])
    plain, mirrored = one @ two.T, one @ (two * signs).T
    np.testing.assert_allclose(best, np.maximum(plain, mirrored), atol=1e-4)
    clear = np.abs(plain - mirrored) > 1e-3
    assert ((crossed < 0) == (mirrored > plain))[clear].all()


def test_the_signature_of_a_mirror_image_has_its_odd_entries_turned():
    maps = detail_maps(photographs(5))
    plain, mirrored = signatures(maps), signatures(np.ascontiguousarray(maps[:, :, ::-1]))
    signs = np.where(changes_sign(8, plain.shape[1]), -1, 1)
    np.testing.assert_allclose(plain, mirrored * signs, atol=1e-5)


def test_likeness_is_the_best_correlation_over_shifts_of_a_pixel():
    rng = np.random.default_rng(0)
    one, two = rng.integers(-100, 100, (2, 12, 12)).astype(np.int8)
    shown = likeness(np.stack([one, two]), np.array([0]), np.array([1]), np.array([False]))
    inner = one[1:-1, 1:-1].astype(float).ravel()
    by_hand = [
        inner @ other / np.sqrt((inner @ inner + 200) * (other @ other + 200))
        for down in range(3)
        for right in range(3)
        for other in [two[down : down + 10, right : right + 10].astype(float).ravel()]
    ]
    assert shown[0] == pytest.approx(max(by_hand), abs=1e-5)


def test_of_too_many_candidates_the_likeliest_are_looked_at(monkeypatch):
    monkeypatch.setattr(near, "_MOST_CANDIDATES", 20)
    monkeypatch.setattr(near, "_LEAST_COSINE", -1.0)
    monkeypatch.setattr(near, "_CHANCE_CANDIDATES", 1e12)
    images = photographs(150)
    both = result(np.concatenate([images, COPIES["brighter"](images[:10])]))
    assert both.is_cut
    assert pairs(both) == {(k, 150 + k) for k in range(10)}


def test_more_is_asked_where_there_are_more_images():
    maps = detail_maps(photographs(200))
    halves = np.array_split(signatures(maps), 2, axis=1)
    thinning = measure_chance(maps, *halves).likeness
    assert thinning.least(0.01) > thinning.least(0.1) > thinning.least(1.0)
