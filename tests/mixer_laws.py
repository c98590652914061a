"""What holds for every mixer, as helpers: each takes a class and asserts one law."""

from __future__ import annotations

import copy
from itertools import permutations
from typing import Any

import torch
from torch import Tensor, nn

from taskgraft.architecture import Architecture, Experts, Mixing, stage_lanes, what_is_mixed
from taskgraft.network import MIXERS, MacCount, Mixer, MixerPlace, declared

SHAPES = ((3, 12, 12), (4, 6, 6), (5, 3, 3))
"""Of one image, and of its maps behind the two stages of the trunk that a mixer is tried in."""

BATCH = 6
_SHARING: dict[str, dict[str, Any]] = {
    "lanes": {},
    "one lane": {"trunk": "shared"},
    "experts": {"experts": Experts(shared=2, specific=1)},
}
# It wants a power of two, whatever a stream sees.
_EXPERTS = {MIXERS["dselect-k"]: Experts(shared=4)}


def place_of(
    kind: type[Mixer], stage: int = 2, num_levels: int = 3, shape: tuple[int, ...] = ()
) -> MixerPlace:
    """Where a mixer of a kind stands behind a stage of a trunk that has one behind both of its stages.

    Args:
        kind: The class.
        stage: 1 or 2.
        num_levels: Levels of the data.
        shape: Of the maps behind both stages, in place of `SHAPES`.
    """
    levels, mixers = tuple("abcde"[:num_levels]), (Mixing(1, "any"), Mixing(2, "any"))
    sharing = {"experts": _EXPERTS[kind]} if kind in _EXPERTS else _SHARING[kind.mixes]
    architecture = Architecture("mine", levels, mixers=mixers, **sharing)
    plan = stage_lanes(architecture, 2)[stage - 1]
    shapes = SHAPES if not shape else (SHAPES[0], shape, shape)
    return MixerPlace(
        mixed=what_is_mixed(architecture),
        lanes=plan.lanes,
        streams=plan.streams,
        entered=plan.entered,
        shape=shapes[stage],
        entered_shape=shapes[plan.entered_behind],
        key=f"mixer.{stage}",
    )


def begun(kind: type[Mixer], place: MixerPlace, seed: int | None = None) -> Mixer:
    """A mixer with its first weights, or with others of a seed: at first some do nothing."""
    mixer = kind(place)
    for _, module, declaration in declared(mixer):
        if declaration.init is not None:
            declaration.init(module, torch.Generator().manual_seed(len(declaration.key)))
    if seed is not None:
        with torch.no_grad():
            for weight in mixer.parameters():
                weight.add_(0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed)))
    return mixer


def maps_of(place: MixerPlace, scale: float = 1.0) -> tuple[list[Tensor], list[Tensor]]:
    """Maps of all lanes, and what entered, with gradients; other heights and widths by a scale."""
    generator = torch.Generator().manual_seed(0)

    def drawn(shape: tuple[int, ...]) -> Tensor:
        channels, *sides = shape
        size = (BATCH, channels, *(int(side * scale) for side in sides))
        return torch.randn(size, generator=generator).requires_grad_()

    return [drawn(place.shape) for _ in place.lanes], [drawn(place.entered_shape) for _ in place.entered]


def assert_streams_depend_on_what_is_said(kind: type[Mixer]) -> None:
    """On those lanes, on what entered and on the weights that it says, and on no others."""
    for stage in (1, 2):
        mixer = begun(kind, place_of(kind, stage), seed=1)
        lanes, entered = maps_of(mixer.place)
        weights = list(mixer.parameters())
        for stream, maps in enumerate(mixer(lanes, entered)):
            total, inputs = maps.square().sum(), [*lanes, *entered, *weights]
            gradients = torch.autograd.grad(total, inputs, retain_graph=True, allow_unused=True)
            reached = [gradient is not None and bool(gradient.any()) for gradient in gradients]
            of_weights = {id(weight) for weight in mixer.weights_of(stream)}
            said = [
                *(lane in mixer.lanes_of(stream) for lane in range(len(lanes))),
                *(each in mixer.entered_of(stream) for each in range(len(entered))),
                *(id(weight) in of_weights for weight in weights),
            ]
            assert reached == said


def assert_images_are_apart(kind: type[Mixer]) -> None:
    """What comes of an image does not depend on the images beside it, when predicting."""
    mixer = begun(kind, place_of(kind), seed=1).eval()
    lanes, entered = maps_of(mixer.place)
    alone = mixer([maps[:2] for maps in lanes], [maps[:2] for maps in entered])
    for one, other in zip(mixer(lanes, entered), alone, strict=True):
        torch.testing.assert_close(one[:2], other)


def assert_order_of_levels_is_no_matter(kind: type[Mixer]) -> None:
    """Levels that change places, with their maps and weights, change places and nothing else.

    At the start this needs no weights to be moved, but for those that are drawn by the place of a level.
    """
    place = place_of(kind)
    mixer = begun(kind, place).eval()
    _make_alike(mixer)
    lanes, entered = maps_of(place)
    plain = mixer(lanes, entered)
    for order in permutations(range(3)):
        moved = mixer(_moved(lanes, place.lanes, order), _moved(entered, place.entered, order))
        for one, other in zip(moved, _moved(plain, place.streams, order), strict=True):
            torch.testing.assert_close(one, other)


def assert_any_number_of_levels(kind: type[Mixer]) -> None:
    """Two levels, or five: a map of the right shape for each stream."""
    for num_levels in (2, 5):
        for stage in (1, 2):
            place = place_of(kind, stage, num_levels)
            shapes = [tuple(maps.shape[1:]) for maps in begun(kind, place)(*maps_of(place))]
            assert shapes == [place.shape] * len(place.streams)


def assert_images_may_be_smaller(kind: type[Mixer]) -> None:
    """A recipe may train on smaller images than those that the mixer was built for."""
    place = place_of(kind)
    lanes, entered = maps_of(place, 2 / 3)
    assert {maps.shape for maps in begun(kind, place)(lanes, entered)} == {lanes[0].shape}


def assert_features_will_do(kind: type[Mixer]) -> None:
    """A trunk of one stage gives features, without height and width."""
    place = place_of(kind, shape=(4,))
    assert {maps.shape for maps in begun(kind, place)(*maps_of(place))} == {(BATCH, 4)}


def assert_rounded_is_about_the_same(kind: type[Mixer]) -> None:
    """In bf16 it gives bf16, and about what it gives in f32; so it can predict."""
    mixer = begun(kind, place_of(kind), seed=1).eval()
    lanes, entered = maps_of(mixer.place)
    exact = mixer(lanes, entered)
    rounded = copy.deepcopy(mixer).bfloat16()([x.bfloat16() for x in lanes], [x.bfloat16() for x in entered])
    for one, other in zip(exact, rounded, strict=True):
        assert other.dtype == torch.bfloat16
        assert (one - other).abs().max() < 0.05 * one.abs().max()


def assert_weights_are_declared(kind: type[Mixer]) -> None:
    """All of them; what is drawn has a key that begins with that of the place."""
    mixer = kind(place_of(kind))
    declarations = [declaration for _, _, declaration in declared(mixer)]
    keys = [declaration.key for declaration in declarations if declaration.key]
    assert len(set(keys)) == len(keys)
    assert all(key.startswith(mixer.place.key) for key in keys)


def assert_alike_lanes_stay(kind: type[Mixer]) -> None:
    """Of one that begins with no more than a mean: lanes of equal maps continue with these maps at first."""
    mixer = begun(kind, place_of(kind))
    (maps, *_), _ = maps_of(mixer.place)
    for stream in mixer([maps] * mixer.place.num_lanes, []):
        torch.testing.assert_close(stream, maps)


def assert_shares_are_of_streams_and_lanes(kind: type[Mixer]) -> None:
    """What a diagnosis shows has a row a stream and a column a lane; of a lane that is not seen it is 0."""
    for stage in (1, 2):
        mixer = begun(kind, place_of(kind, stage), seed=1)
        shares = mixer.lane_shares(*maps_of(mixer.place))
        if shares is None:
            continue
        assert shares.shape == (len(mixer.place.streams), mixer.place.num_lanes)
        for stream, row in enumerate(shares):
            seen = set(mixer.lanes_of(stream))
            assert not any(float(row[lane].detach()) for lane in range(len(row)) if lane not in seen)


LAWS = (
    assert_streams_depend_on_what_is_said,
    assert_images_are_apart,
    assert_order_of_levels_is_no_matter,
    assert_any_number_of_levels,
    assert_images_may_be_smaller,
    assert_features_will_do,
    assert_rounded_is_about_the_same,
    assert_weights_are_declared,
    assert_shares_are_of_streams_and_lanes,
)
"""Those that every mixer keeps."""


def assert_macs_are_counted(kind: type[Mixer]) -> None:
    """Of one that multiplies: more lanes cost more."""
    counts = []
    for num_levels in (2, 4):
        place = place_of(kind, num_levels=num_levels)
        with MacCount() as count, torch.no_grad():
            begun(kind, place).eval()(*maps_of(place))
        counts.append(count.macs)
    assert 0 < counts[0] < counts[1]


def _make_alike(mixer: Mixer) -> None:
    """Gives the modules of all levels the same weights, where they are drawn by the place of a level."""
    for child in mixer.children():
        if isinstance(child, nn.ModuleList):
            for module in child[1:]:
                if _shapes(module) == _shapes(child[0]) and any(d.init for _, _, d in declared(module)):
                    module.load_state_dict(child[0].state_dict())


def _shapes(module: nn.Module) -> list[torch.Size]:
    return [weight.shape for weight in module.parameters()]


def _moved(
    tensors: list[Tensor], served: tuple[tuple[int, ...], ...], order: tuple[int, ...]
) -> list[Tensor]:
    """Tensors that each serve one level, in another order of levels; those of several stay."""
    of_level = {levels[0]: tensor for levels, tensor in zip(served, tensors, strict=True) if len(levels) == 1}
    return [
        of_level[order[levels[0]]] if len(levels) == 1 else tensor
        for levels, tensor in zip(served, tensors, strict=True)
    ]
