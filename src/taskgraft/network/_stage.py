"""One stage of a trunk in all its lanes."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from taskgraft.network._mixer import Mixer


class Stage(nn.Module):
    """One stage in all its lanes, and the mixer behind it.

    Args:
        lanes: The stage's layers, once for each lane.
        sources: For each lane, which stream of those before the stage it goes on.
        mixer: Sees the maps of all lanes, if there is one.
        is_entry: Whether the next mixer looks back to what enters here.
    """

    def __init__(
        self, lanes: Sequence[nn.Module], sources: Sequence[int], mixer: Mixer | None, *, is_entry: bool
    ) -> None:
        super().__init__()
        self.lanes = nn.ModuleList(lanes)
        self.sources = tuple(sources)
        self.is_entry = is_entry
        self.mixer = mixer

    def forward(self, streams: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """Maps of the streams before it to maps of those behind it.

        Args:
            streams: What leaves the stage before it.
            entered: What entered the latest stage that is an entry.
        """
        out = [lane(streams[source]) for lane, source in zip(self.lanes, self.sources, strict=True)]
        if self.mixer is not None:
            out = self.mixer(out, entered)
        return out

    @property
    def num_streams(self) -> int:
        """Streams that leave it."""
        return len(self.lanes) if self.mixer is None else len(self.mixer.place.streams)
