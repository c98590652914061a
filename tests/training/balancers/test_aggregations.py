"""Gradients made of the levels' gradients, against explicit Jacobians in f64."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchjd import aggregation

from balancer_laws import WEIGHTS, Problem, assert_order_of_levels_is_no_matter
from taskgraft.errors import RequestError
from taskgraft.training.balancers import BALANCERS, Aggregation, Balancer, _torchjd

CLASSES = {
    "upgrad": aggregation.UPGrad,
    "mgda": aggregation.MGDA,
    "imtl-g": aggregation.IMTLG,
    "aligned-mtl": aggregation.AlignedMTL,
    "dualproj": aggregation.DualProj,
    "config": aggregation.ConFIG,
    "mean": aggregation.Mean,
    "cagrad": lambda: aggregation.CAGrad(c=0.4),
    "fairgrad": lambda: aggregation.FairGrad(alpha=1.0),
    "nash-mtl": lambda: aggregation.NashMTL(n_tasks=2),
    # Of two rows in either order PCGrad gives the same.
    "pcgrad": aggregation.PCGrad,
}
AGGREGATIONS = [name for name in BALANCERS if issubclass(BALANCERS[name], Aggregation)]


class Tiny:
    """Two levels on a trunk of two layers, a flow from the coarse logits into the fine head."""

    def __init__(self, dtype: torch.dtype) -> None:
        generator = torch.Generator().manual_seed(3)

        def draw(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator).to(dtype)

        self.images, self.targets = draw(12, 6), torch.randint(3, (2, 12), generator=generator)
        self.trunk = [nn.Parameter(draw(7, 6)), nn.Parameter(draw(5, 7))]
        self.heads = [nn.Parameter(draw(3, 5)), nn.Parameter(draw(3, 8))]

    @property
    def weights(self) -> list[nn.Parameter]:
        return [*self.trunk, *self.heads]

    def losses(self) -> tuple[Tensor, Tensor]:
        features = (self.images @ self.trunk[0].T).tanh() @ self.trunk[1].T
        coarse = features @ self.heads[0].T
        fine = torch.cat([features, coarse], 1) @ self.heads[1].T
        pairs = zip((coarse, fine), self.targets, strict=True)
        return torch.stack([F.cross_entropy(*pair) for pair in pairs]), features


def reference(name: str, at: str, level_weights: Tensor) -> list[Tensor]:
    """What trunk and heads get: Jacobians row by row in f64, TorchJD's class on them."""
    tiny = Tiny(torch.float64)
    losses, features = tiny.losses()
    scaled = losses * level_weights.double()
    aggregator = CLASSES[name]()
    targets: Sequence[Tensor] = [features] if at == "features" else tiny.trunk
    rows = torch.stack(
        [
            torch.cat([part.flatten() for part in torch.autograd.grad(loss, targets, retain_graph=True)])
            for loss in scaled
        ]
    )
    heads = torch.autograd.grad(scaled.sum(), tiny.heads, retain_graph=True)
    vector = aggregator(rows)
    if at == "features":
        trunk = torch.autograd.grad(features, tiny.trunk, vector.view_as(features))
    else:
        parts = vector.split([each.numel() for each in tiny.trunk])
        trunk = tuple(part.view_as(each) for part, each in zip(parts, tiny.trunk, strict=True))
    return [*trunk, *heads]


def ours(balancer: Balancer) -> list[Tensor]:
    tiny = Tiny(torch.float32)
    losses, features = tiny.losses()
    balancer.backward(losses, [features], tiny.trunk)
    return [each.grad for each in tiny.weights]


@pytest.mark.parametrize("at", ["features", "parameters"])
@pytest.mark.parametrize("name", CLASSES)
def test_gradients_are_those_of_explicit_jacobians(name: str, at: str) -> None:
    level_weights = torch.tensor([1.0, 1.5])
    got = ours(BALANCERS[name](level_weights, 0, at=at))
    for one, other in zip(got, reference(name, at, level_weights), strict=True):
        # Solvers stop at 1e-3 or so of a weight, in either precision.
        torch.testing.assert_close(one.double(), other, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("at", ["features", "parameters"])
@pytest.mark.parametrize("name", AGGREGATIONS)
def test_what_stood_in_grad_stays_at_both_places(name: str, at: str) -> None:
    alone, tiny = ours(BALANCERS[name](torch.ones(2), 0, at=at)), Tiny(torch.float32)
    for each in tiny.weights:
        each.grad = torch.ones_like(each)
    losses, features = tiny.losses()
    BALANCERS[name](torch.ones(2), 0, at=at).backward(losses, [features], tiny.trunk)
    for each, plain in zip(tiny.weights, alone, strict=True):
        torch.testing.assert_close(each.grad, plain + 1, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted({*AGGREGATIONS} - {"pcgrad", "graddrop", "gradvac"}))
def test_the_order_of_levels_does_not_matter_where_nothing_is_drawn(name: str) -> None:
    assert_order_of_levels_is_no_matter(BALANCERS[name])


@pytest.mark.parametrize("name", ["upgrad", "dualproj", "mean", "mgda", "imtl-g"])
def test_equal_gradients_give_their_mean(name: str) -> None:
    row = torch.randn(20, generator=torch.Generator().manual_seed(0))
    vector = BALANCERS[name](torch.ones(2), 0).aggregate(torch.stack([row, row]))
    torch.testing.assert_close(vector, row, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_nothing_shared_or_one_loss_is_the_weighted_sum_to_the_bit(name: str) -> None:
    problem = Problem()
    losses, features = problem.losses()
    BALANCERS[name](WEIGHTS, 0).backward(losses, [features], [])
    again, _ = problem.losses()
    plain = torch.autograd.grad((again * WEIGHTS).sum(), [problem.trunk, *problem.heads])
    for each, other in zip((problem.trunk, *problem.heads), plain, strict=True):
        assert torch.equal(each.grad, other)


def test_several_lanes_are_compared_at_the_weights_they_share() -> None:
    """At the features of two lanes no gradient of one level meets that of another."""
    trunk = nn.Parameter(torch.randn(4, 6, generator=torch.Generator().manual_seed(0)))
    images = torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
    seen: list[tuple[int, ...]] = []

    class Watching(Aggregation):
        def aggregate(self, rows: Tensor) -> Tensor:
            seen.append(tuple(rows.shape))
            return rows.sum(0)

    shared = (images @ trunk.T).tanh()
    lanes = [shared * 2, shared * 3]
    losses = torch.stack([lane.square().mean() for lane in lanes])
    Watching(torch.ones(2), 0).backward(losses, lanes, [trunk])
    assert seen == [(2, trunk.numel())]


def test_a_gradient_that_is_no_number_is_left_to_the_end_of_the_epoch() -> None:
    for name in AGGREGATIONS:
        problem = Problem()
        losses, features = problem.losses()
        spoilt = losses * torch.tensor([1.0, torch.nan, 1.0])
        BALANCERS[name](WEIGHTS, 0).backward(spoilt, [features], [problem.trunk])
        assert not problem.trunk.grad.isfinite().all()


def test_a_missing_library_is_one_line_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(_torchjd, "import_module", missing)
    with pytest.raises(RequestError, match=r"installed, but got 'none'\. pip install taskgraft\[mtl\]\."):
        BALANCERS["upgrad"].check(2, {})
    for name in ("fixed", "dwa", "gradnorm"):
        BALANCERS[name].check(2, {})


@pytest.mark.parametrize(("trimmed", "num_levels"), [(1, 2), (2, 3), (2, 4)])
def test_too_few_levels_are_one_line(trimmed: int, num_levels: int) -> None:
    trims = BALANCERS["trimmed-mean"]
    with pytest.raises(RequestError, match=f"at least {2 * trimmed + 1} where .*, but got {num_levels}"):
        trims.check(num_levels, {"trim_number": trimmed})
    trims.check(2 * trimmed + 1, {"trim_number": trimmed})
    trims.check(1, {"trim_number": trimmed})
