"""The rules that move weights, against torch's own optimizers, to the bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from taskgraft.architecture import catalogue
from taskgraft.network import Network, declare, initialise
from taskgraft.recipe import Adam, AdamW, Muon, Recipe, Sgd, quick
from taskgraft.training._optimizer import (
    Optimizer,
    build_optimizer,
    restore_optimizer,
    set_learning_rate,
    tensors_of,
)
from taskgraft.training._update_rules import _orthogonal

MUON = Muon(learning_rate=0.1, momentum=0.6, num_iterations=5, rest=Sgd(learning_rate=0.2, momentum=0.9))
NUM_STEPS = 4


def recipe_with(optimizer: Sgd | Adam | AdamW | Muon) -> Recipe:
    return quick().model_copy(update={"optimizer": optimizer})


def network(memory_format: torch.memory_format = torch.channels_last) -> Network:
    built = Network(catalogue(["a", "b"])["coarse-to-fine"], quick().network, (2, 4), (3, 32, 32))
    initialise(built, 0)
    # torch's stubs do not know that `to` takes a memory format.
    return built.to(memory_format=memory_format)  # type: ignore[call-overload,no-any-return]


def layer(shape: tuple[int, ...], memory_format: torch.memory_format) -> nn.Module:
    """A weight of a shape and a bias, declared as matrices behind which stands a batch norm."""
    kind = nn.Conv2d(shape[1], shape[0], shape[2:]) if len(shape) == 4 else nn.Linear(shape[1], shape[0])
    torch.manual_seed(0)
    for parameter in kind.parameters():
        nn.init.normal_(parameter)
    return declare(kind.to(memory_format=memory_format), "hidden")


def gradients(module: nn.Module, step: int) -> list[Tensor]:
    stream = torch.Generator().manual_seed(step)
    return [torch.randn(p.shape, generator=stream) for p in module.parameters()]


def moved(
    module: nn.Module, optimizer: Optimizer | torch.optim.Optimizer, num_steps: int = NUM_STEPS
) -> None:
    for step in range(num_steps):
        for parameter, gradient in zip(module.parameters(), gradients(module, step), strict=True):
            parameter.grad = torch.empty_like(parameter).copy_(gradient)
        optimizer.step()
        optimizer.zero_grad()


def torch_sgd(module: nn.Module) -> torch.optim.Optimizer:
    weight, bias = module.parameters()
    groups = [{"params": [weight], "weight_decay": 0.01}, {"params": [bias], "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, fused=True)


def torch_plain_sgd(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(module.parameters(), lr=0.1, fused=True)


def torch_adam(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(module.parameters(), lr=0.01, eps=1e-7, fused=True)


def torch_adamw(module: nn.Module) -> torch.optim.Optimizer:
    weight, bias = module.parameters()
    groups = [{"params": [weight], "weight_decay": 0.3}, {"params": [bias], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.01, fused=True)


@pytest.mark.parametrize(
    ("shape", "memory_format"),
    [
        ((5, 3), torch.contiguous_format),
        ((4, 3, 3, 3), torch.contiguous_format),
        ((4, 3, 3, 3), torch.channels_last),
        ((6, 2, 1, 1), torch.channels_last),
    ],
)
@pytest.mark.parametrize(
    ("spec", "theirs"),
    [
        (Sgd(learning_rate=0.1, momentum=0.9, weight_decay=0.01), torch_sgd),
        (Sgd(learning_rate=0.1, momentum=0.0), torch_plain_sgd),
        (Adam(learning_rate=0.01), torch_adam),
        (AdamW(learning_rate=0.01, weight_decay=0.3), torch_adamw),
    ],
)
def test_weights_move_as_with_torch(
    spec: Sgd | Adam | AdamW,
    theirs: Callable[[nn.Module], torch.optim.Optimizer],
    shape: tuple[int, ...],
    memory_format: torch.memory_format,
) -> None:
    one, other = layer(shape, memory_format), layer(shape, memory_format)
    moved(one, build_optimizer(one, recipe_with(spec)))
    moved(other, theirs(other))
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 3, 3, 3)])
def test_muon_turns_a_weight_as_torch_turns_the_matrix_it_is(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its length is scaled back to its start, the root of its rows."""
    monkeypatch.setattr("taskgraft.training._update_rules.multiplies_bf16", lambda device: True)
    one = layer(shape, torch.contiguous_format)
    alone = nn.Parameter(next(one.parameters()).detach().flatten(1).clone())
    ours = build_optimizer(one, recipe_with(MUON))
    theirs = torch.optim.Muon([alone], lr=0.1, momentum=0.6, weight_decay=0.0, ns_steps=5)
    for step in range(NUM_STEPS):
        gradient = gradients(one, step)[0]
        next(one.parameters()).grad, alone.grad = gradient, gradient.flatten(1)
        ours.step()
        theirs.step()
        with torch.no_grad():
            alone.mul_(len(alone) ** 0.5 / alone.norm())
        assert torch.equal(next(one.parameters()).flatten(1), alone)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 3, 3, 3)])
def test_without_bf16_of_the_hardware_muon_turns_in_f32(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its singular values are those of the quintic iteration of Jordan et al. (2024), in f64."""
    monkeypatch.setattr("taskgraft.training._update_rules.multiplies_bf16", lambda device: False)
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    before = gradient.clone()
    turned = _orthogonal(gradient.flatten(1), 5)
    assert turned.dtype == torch.float32
    assert torch.equal(gradient, before)
    left, values, right = np.linalg.svd(before.flatten(1).double().numpy(), full_matrices=False)
    values = values / np.linalg.norm(values)
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    np.testing.assert_allclose(turned.numpy(), left * values @ right, atol=1e-5)


def test_the_layout_in_memory_changes_nothing_but_rounding() -> None:
    one, other = network(torch.contiguous_format), network(torch.channels_last)
    for each in (one, other):
        moved(each, build_optimizer(each, recipe_with(MUON)))
    for (name, a), b in zip(one.named_parameters(), other.parameters(), strict=True):
        # Iterations in bf16 see the columns in another order.
        torch.testing.assert_close(a, b, rtol=0, atol=0.05, msg=name)


def test_a_gradient_in_another_layout_is_the_same_gradient() -> None:
    one, other = (layer((4, 3, 3, 3), torch.channels_last) for _ in range(2))
    for each, memory_format in ((one, torch.channels_last), (other, torch.contiguous_format)):
        weight = next(each.parameters())
        weight.grad = gradients(each, 0)[0].contiguous(memory_format=memory_format)
        build_optimizer(each, quick()).step()
    assert torch.equal(next(one.parameters()), next(other.parameters()))


def test_hidden_matrices_keep_their_length_and_all_else_moves_freely() -> None:
    start, end = dict(network().named_parameters()), network()
    moved(end, build_optimizer(end, recipe_with(MUON)))
    for name, after in end.named_parameters():
        assert torch.equal(after, start[name]) != after.requires_grad, name
        if after.requires_grad and after.ndim > 1 and "head" not in name:
            assert after.norm().item() == pytest.approx(len(after) ** 0.5, rel=1e-4)


def test_weights_without_a_gradient_stay_and_begin_when_they_get_one() -> None:
    one = declare(nn.ModuleList(nn.Linear(2, 2, bias=False) for _ in range(2)), "matrix")
    first, second = one.parameters()
    optimizer = build_optimizer(one, recipe_with(Sgd(learning_rate=1.0, momentum=0.5)))
    before = second.detach().clone()
    first.grad = torch.ones(2, 2)
    optimizer.step()
    assert torch.equal(second, before)
    second.grad = torch.ones(2, 2)
    optimizer.step()
    # The first step of Nesterov momentum: the gradient, and half of it again.
    torch.testing.assert_close(second.detach(), before - 1.5)


@pytest.mark.parametrize("spec", [MUON, MUON.rest, Adam(learning_rate=0.01), AdamW(learning_rate=0.1)])
def test_a_saved_optimizer_goes_on_as_if_it_had_not_stopped(spec: Sgd | Adam | AdamW | Muon) -> None:
    built, again = network(), network()
    optimizer, resumed = (build_optimizer(each, recipe_with(spec)) for each in (built, again))
    moved(built, optimizer, 2)
    again.load_state_dict(built.state_dict())
    restore_optimizer(resumed, {name: tensor.clone() for name, tensor in tensors_of(optimizer).items()})
    for module, each in ((built, optimizer), (again, resumed)):
        set_learning_rate(each, quick(), 2, 9)
        moved(module, each)
    assert all(torch.equal(p, q) for p, q in zip(built.parameters(), again.parameters(), strict=True))


def test_the_state_of_another_network_is_refused() -> None:
    built = network()
    optimizer = build_optimizer(built, recipe_with(MUON))
    moved(built, optimizer, 1)
    wide = Network(catalogue(["a", "b"])["shared"], quick().network.scaled(2), (2, 4), (3, 32, 32))
    for recipe in (recipe_with(MUON), recipe_with(MUON.rest)):
        with pytest.raises((ValueError, LookupError)):
            restore_optimizer(build_optimizer(wide, recipe), tensors_of(optimizer))
