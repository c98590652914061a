"""What a mixer says that it takes of each lane is what it takes, seen from outside."""

from __future__ import annotations

import pytest
import torch

from mixer_laws import BATCH, begun, maps_of, place_of
from taskgraft.network import MIXERS, Mixer


class Silent(Mixer):
    """One without numbers to show."""

    def forward(self, lanes: list[torch.Tensor], entered: list[torch.Tensor]) -> list[torch.Tensor]:
        """The lanes."""
        del entered
        return lanes


@pytest.mark.parametrize("name", ["cross-stitch", "sluice", "gates", "dselect-k", "attention"])
@pytest.mark.parametrize("stage", [1, 2])
def test_of_flat_lanes_it_takes_what_it_says(name: str, stage: int) -> None:
    """Lanes that are 1 all over, one at a time and the others 0: what leaves is the share."""
    mixer = begun(MIXERS[name], place_of(MIXERS[name], stage, shape=(4, 6, 6)), seed=1).eval()
    if name == "attention" and stage == 2:
        mixer.last = None
    place = mixer.place
    _, entered = maps_of(place)
    for lane in range(place.num_lanes):
        lanes = [torch.full((BATCH, *place.shape), float(other == lane)) for other in range(place.num_lanes)]
        with torch.no_grad():
            streams = torch.stack(mixer(lanes, entered)).flatten(1).mean(1)
            shares = mixer.lane_shares(lanes, entered)
        assert shares is not None
        torch.testing.assert_close(shares[:, lane], streams)


@pytest.mark.parametrize("name", ["gates", "dselect-k"])
def test_gates_share_out_all_that_there_is(name: str) -> None:
    mixer = begun(MIXERS[name], place_of(MIXERS[name], 1), seed=1)
    shares = mixer.lane_shares(*maps_of(mixer.place))
    assert shares is not None
    torch.testing.assert_close(shares.sum(1), torch.ones(len(mixer.place.streams)))


def test_an_nddr_layer_begins_with_nine_tenths_of_its_lane() -> None:
    mixer = begun(MIXERS["nddr"], place_of(MIXERS["nddr"], num_levels=2))
    shares = mixer.lane_shares(*maps_of(mixer.place))
    torch.testing.assert_close(shares, torch.tensor([[0.9, 0.1], [0.1, 0.9]]))


def test_a_mixer_need_not_say() -> None:
    mixer = Silent(place_of(MIXERS["cross-stitch"]))
    assert mixer.lane_shares(*maps_of(mixer.place)) is None
