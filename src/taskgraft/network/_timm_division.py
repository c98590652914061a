"""Where a network of timm can be divided: its modules in a row, cut behind those that timm calls features."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.network._timm_backbone import create_backbone
from taskgraft.network._timm_part import TimmPart
from taskgraft.network._trunk_family import IndivisibleError, wrong_size
from taskgraft.recipe import TimmTrunkSpec

# Two, as a batch norm in training wants more than one value a channel.
_NUM_IMAGES = 2
# Enough pixels a side to compare what is computed; where they are too few for the network, it is shown more.
_FEW_PIXELS = 64
_MOST_NAMED = 3
_LISTS = (nn.ModuleList, nn.ModuleDict)


@dataclass(frozen=True)
class Division:
    """A network in stages.

    Attributes:
        stages: Of each stage, the paths of its modules in the order in which they run.
        tail: The same of what follows the last stage; it has no weights.
        is_channels_last: Whether maps between modules are (B, H, W, C).
    """

    stages: tuple[tuple[str, ...], ...]
    tail: tuple[str, ...]
    is_channels_last: bool

    def parts(self, network: nn.Module) -> list[TimmPart]:
        """Each stage of a network, then its tail."""
        return [
            TimmPart(network, names, is_channels_last=self.is_channels_last, is_first=place == 0)
            for place, names in enumerate((*self.stages, self.tail))
        ]


def division_of(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> Division:
    """How a network is divided.

    It runs once on the meta device, as for a prediction and in training, and every module is seen to be given
    the very tensor that the module before it gave. So the modules in a row are the network.

    Args:
        spec: The network.
        image_shape: Channels, height and width of the images.

    Raises:
        IndivisibleError: If it cannot be divided.
        RequestError: If it cannot look at such images.
    """
    return _division(undivided(spec), image_shape)


def undivided(spec: TimmTrunkSpec) -> TimmTrunkSpec:
    """The same network undivided, without weights to begin with."""
    return spec.model_copy(update={"weights": None, "weights_sha256": None, "stages": 1})


@functools.cache
def _division(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> Division:
    with torch.random.fork_rng(devices=[]), torch.inference_mode(mode=False):
        with torch.device("meta"):
            network = create_backbone(spec, image_shape)
        try:
            _check_held(network, [module for _, module in _modules(network)])
            row = _row(network.eval(), image_shape)
            if [each.name for each in _row(network.train(), image_shape)] != [each.name for each in row]:
                raise IndivisibleError("whose modules run in another order in training")
        except (RuntimeError, AssertionError, ValueError) as error:
            raise wrong_size(spec, image_shape) from error
    _check_held(network, [network.get_submodule(run.name) for run in row])
    return _cut(network, row)


@dataclass(frozen=True)
class _Run:
    """A module that ran.

    Attributes:
        name: Its path.
        output: What it gave, a tensor or something else.
        version: How often that had been written to by then; None if it is no tensor.
    """

    name: str
    output: Any
    version: int | None

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing has written to what it gave since."""
        return _version(self.output) == self.version


@dataclass
class _Watch:
    """Sees that each module is given what the one before it gave, and nothing else."""

    last: _Run
    row: list[_Run] = field(default_factory=list)

    def before(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Called where a module begins."""
        if any(each.name == name for each in self.row):
            raise IndivisibleError(f"in which {name} runs more than once")
        is_only = len(args) == 1 and not kwargs
        if not (is_only and args[0] is self.last.output and self.last.is_unchanged):
            behind = f"{self.last.name} gives" if self.last.name else "enters"
            raise IndivisibleError(f"in which {name} is given something else than what {behind}")

    def after(self, name: str, output: Any) -> None:
        """Called where it ends."""
        self.last = _Run(name, output, _version(output))
        self.row.append(self.last)


def _version(value: Any) -> int | None:
    return value._version if isinstance(value, Tensor) else None


def _row(network: nn.Module, image_shape: tuple[int, int, int]) -> list[_Run]:
    """The modules of a network on the meta device, in the order in which they run.

    Raises:
        IndivisibleError: If it is more than its modules in a row.
    """
    images = zeros((_NUM_IMAGES, *image_shape))
    watch = _Watch(_Run("", images, _version(images)))
    hooks = []
    for name, module in _modules(network):
        enter = lambda _module, args, kwargs, name=name: watch.before(name, args, kwargs)  # noqa: E731
        leave = lambda _module, _args, output, name=name: watch.after(name, output)  # noqa: E731
        hooks.append(module.register_forward_pre_hook(enter, with_kwargs=True))
        hooks.append(module.register_forward_hook(leave))
    with torch.no_grad(), torch.device("cpu"), MacCount():
        features = network(images)
    for hook in hooks:
        hook.remove()
    if features is not watch.last.output or not watch.last.is_unchanged:
        raise IndivisibleError(f"which makes something else of what {watch.last.name} gives")
    return watch.row


def _modules(module: nn.Module, path: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The modules that a network is a row of, if it is one: of sequences and lists what is in them."""
    for name, child in module.named_children():
        is_plain = isinstance(child, nn.Sequential) and type(child).forward is nn.Sequential.forward
        if list(child.children()) and (is_plain or type(child) in _LISTS):
            yield from _modules(child, f"{path}{name}.")
        else:
            yield f"{path}{name}", child


def _check_held(network: nn.Module, modules: Sequence[nn.Module]) -> None:
    """Refuses a network with weights that none of the modules hold."""
    held = {id(each) for module in modules for each in _held(module)}
    named = [*network.named_parameters(), *network.named_buffers()]
    beside = [name for name, each in named if id(each) not in held]
    if beside:
        more = f" and {len(beside) - _MOST_NAMED} more" if len(beside) > _MOST_NAMED else ""
        raise IndivisibleError(
            f"with weights beside its modules in a row ({', '.join(beside[:_MOST_NAMED])}{more})"
        )


def _held(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _cut(network: nn.Module, row: Sequence[_Run]) -> Division:
    """Cuts a row behind each module that timm names as features, but for the last.

    The last stage goes on for as long as there are weights or maps keep their shape; the tail makes features.
    """
    places = list(dict.fromkeys(_place(row, name) for name in _features(network)))
    cuts = sorted(place for place in places if place is not None)
    if len(cuts) < 2 or cuts != places:
        raise IndivisibleError("of which timm names no stages, one behind the other")
    for run in (row[place] for place in cuts[:-1]):
        if not (isinstance(run.output, Tensor) and run.output.ndim == 4):
            raise IndivisibleError(f"whose {run.name} gives no maps")
        if not run.is_unchanged:
            raise IndivisibleError(f"in which what {run.name} gives is written to by the next stage")
    weighty = [place for place, run in enumerate(row) if [*_held(network.get_submodule(run.name))]]
    last = max(cuts[-1], weighty[-1])
    while last + 1 < len(row) and _shape(row[last + 1].output) == _shape(row[last].output):
        last += 1
    ends = [*cuts[:-1], last]
    names = [run.name for run in row]
    starts = [0, *(end + 1 for end in ends)]
    return Division(
        tuple(tuple(names[start : end + 1]) for start, end in zip(starts, ends, strict=False)),
        tuple(names[starts[-1] :]),
        str(getattr(network, "output_fmt", "")).endswith("NHWC"),
    )


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, Tensor) else None


def _features(network: nn.Module) -> list[str]:
    """The modules behind which timm has features of its network."""
    listed = getattr(network, "feature_info", None)
    listed = getattr(listed, "info", listed) or []
    return [each["module"] for each in listed]


def _place(row: Sequence[_Run], name: str) -> int | None:
    """The last module of a row that is a named one, is in it, or holds it; None without one."""
    for place in range(len(row) - 1, -1, -1):
        path = row[place].name
        if f"{path}.".startswith(f"{name}.") or f"{name}.".startswith(f"{path}."):
            return place
    return None


def check_gives_the_same(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> None:
    """Compares what a network gives with what its stages give, to the bit, on numbers drawn at random.

    Raises:
        IndivisibleError: If they differ, as for a prediction or in training.
    """
    division, channels = division_of(spec, image_shape), image_shape[0]
    few = (channels, *(min(side, _FEW_PIXELS) for side in image_shape[1:]))
    with torch.random.fork_rng(devices=[]), torch.device("cpu"), torch.inference_mode(mode=False):
        torch.manual_seed(0)
        network = create_backbone(undivided(spec), image_shape)
        _fill_zeros(network)
        parts = nn.Sequential(*division.parts(network))
        for is_training in (False, True):
            network.train(is_training)
            for part in parts:
                part.train(is_training)
            try:
                is_same = _is_same(network, parts, few)
            # Too few pixels for it, or it is built for images of one size.
            except (RuntimeError, AssertionError, ValueError):
                is_same = _is_same(network, parts, image_shape)
            if not is_same:
                raise IndivisibleError("whose modules in a row give something else")


def _is_same(network: nn.Module, parts: nn.Module, shape: tuple[int, ...]) -> bool:
    images = torch.randn(_NUM_IMAGES, *shape)
    with torch.no_grad():
        torch.manual_seed(1)
        features = network(images)
        torch.manual_seed(1)
        return torch.equal(features.flatten(1), parts(images).flatten(1))


def _fill_zeros(network: nn.Module) -> None:
    """Draws weights that are all zero at first: behind them nothing of what is before could be seen."""
    with torch.no_grad():
        for weight in network.parameters():
            if not weight.any():
                weight.normal_(std=0.1)
