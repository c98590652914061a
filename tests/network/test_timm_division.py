"""Which networks of timm are a row of modules, and which are refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from torch import Tensor, nn

from taskgraft.errors import RequestError
from taskgraft.network import IndivisibleError, trunk_family
from taskgraft.network import _timm_division as timm_division
from taskgraft.network._timm_division import Division, check_gives_the_same, division_of
from taskgraft.recipe import TimmTrunkSpec

TINY = "test_resnet"
SPEC = TimmTrunkSpec(backbone=TINY)


@pytest.mark.parametrize(
    ("backbone", "side", "reason"),
    [
        ("test_vit", 32, r"with weights beside its modules in a row \(cls_token, pos_embed\)"),
        ("repvit_m0_9", 32, r"in which head_drop is given something else than what stages\.3 gives"),
        ("levit_128s", 224, r"in which stages\.0 is given something else than what stem\.conv4 gives"),
        ("hrnet_w18_small", 32, r"in which transition1.* is given something else than what .* gives"),
    ],
)
def test_a_network_that_is_no_row_of_modules_is_not_divided(backbone: str, side: int, reason: str) -> None:
    with pytest.raises(IndivisibleError, match=reason):
        trunk_family(SPEC).divided(TimmTrunkSpec(backbone=backbone), (3, side, side))


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (TINY, r"network\.trunk\.stages to be 1 or 5 for timm/test_resnet, but got 3\. Leave it out"),
        ("test_vit", r"stages to be 1 for timm/test_vit, but got 3, of a network with weights beside"),
    ],
)
def test_another_number_of_stages_is_refused(backbone: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        trunk_family(SPEC).lane(TimmTrunkSpec(backbone=backbone, stages=3), (3, 32, 32))


class Toy(nn.Module):
    """A network as timm has them, of three modules; subclasses do what a row of modules does not."""

    feature_info = ({"module": "a"}, {"module": "b"}, {"module": "c"})

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Conv2d(3, 3, 1) for _ in range(3))

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        passed: Tensor = self.c(self.b(self.a(maps)))
        return passed


class Again(Toy):
    """Runs a module twice."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        passed: Tensor = self.b(self.b(self.a(maps)))
        return passed


class Beside(Toy):
    """Adds what entered."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        return super().forward(maps) + maps


class Within(Toy):
    """Changes what a module gives, in place."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        passed: Tensor = self.c(self.b(self.a(maps).relu_()))
        return passed


class Otherwise(Toy):
    """Leaves out a module in training."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        seen = self.a(maps)
        passed: Tensor = self.c(seen if self.training else self.b(seen))
        return passed


class Unused(Toy):
    """Has a module that does not run."""

    feature_info = ({"module": "a"}, {"module": "b"})

    def forward(self, maps: Tensor) -> Tensor:
        """Maps to maps."""
        passed: Tensor = self.b(self.a(maps))
        return passed


class Overwriting(Toy):
    """Its second module writes to what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.b = nn.ReLU(inplace=True)


class Backwards(Toy):
    """Names its features in another order."""

    feature_info = ({"module": "b"}, {"module": "a"})


class Nameless(Toy):
    """Names features that it does not have."""

    feature_info = ({"module": "x"}, {"module": "c"})


class Rows(Toy):
    """Hands over rows in place of maps."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Flatten(2)
        self.b, self.c = nn.Identity(), nn.Linear(64, 3)


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[type[nn.Module]], None]]:
    """Has a class of networks built for every name."""
    timm_division._division.cache_clear()
    yield lambda kind: monkeypatch.setattr(timm_division, "create_backbone", lambda spec, shape: kind())
    timm_division._division.cache_clear()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Again, "in which b runs more than once"),
        (Beside, "which makes something else of what c gives"),
        (Within, "in which b is given something else than what a gives"),
        (Otherwise, "whose modules run in another order in training"),
        (Unused, r"with weights beside its modules in a row \(c\.weight, c\.bias\)"),
        (Overwriting, "in which what a gives is written to by the next stage"),
        (Backwards, "of which timm names no stages, one behind the other"),
        (Nameless, "of which timm names no stages, one behind the other"),
        (Rows, "whose a gives no maps"),
    ],
)
def test_what_is_more_than_a_row_is_seen(
    kind: type[nn.Module], reason: str, made_of: Callable[[type[nn.Module]], None]
) -> None:
    made_of(kind)
    with pytest.raises(IndivisibleError, match=f"^{reason}$"):
        division_of(SPEC, (3, 8, 8))


def test_a_row_is_divided(made_of: Callable[[type[nn.Module]], None]) -> None:
    made_of(Toy)
    assert division_of(SPEC, (3, 8, 8)) == Division((("a",), ("b",), ("c",)), (), is_channels_last=False)
    check_gives_the_same(SPEC, (3, 8, 8))


def test_stages_that_give_something_else_are_refused(
    made_of: Callable[[type[nn.Module]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made_of(Toy)
    wrong = Division((("a",), ("c",), ("b",)), (), is_channels_last=False)
    monkeypatch.setattr(timm_division, "division_of", lambda spec, shape: wrong)
    with pytest.raises(IndivisibleError, match=r"^whose modules in a row give something else$"):
        check_gives_the_same(SPEC, (3, 8, 8))
