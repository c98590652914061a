import pytest
import torch
from torch import nn

from taskgraft.architecture import catalogue
from taskgraft.network import Network
from taskgraft.recipe import Muon, Sgd, quick
from taskgraft.training._muon import MuonAndSgd
from taskgraft.training._optimizer import restore_optimizer, tensors_of

SPEC = Muon(learning_rate=0.1, momentum=0.6, num_iterations=5, rest=Sgd(learning_rate=0.2, momentum=0.9))


def network(memory_format: torch.memory_format) -> Network:
    torch.manual_seed(0)
    built = Network(catalogue(["a", "b"])["coarse-to-fine"], quick().network, (2, 4), (3, 32, 32))
    # torch's stubs do not know that `to` takes a memory format.
    built.to(memory_format=memory_format)  # type: ignore[call-overload]
    for trunk in built.trunks:
        trunk[0].weight.requires_grad_(False)
    return built


def trained(memory_format: torch.memory_format, num_steps: int = 3) -> Network:
    built = network(memory_format)
    optimizer = MuonAndSgd(built, SPEC)
    torch.manual_seed(1)
    images = torch.randint(0, 256, (16, 3, 32, 32), dtype=torch.uint8)
    for _ in range(num_steps):
        torch.stack([logits.logsumexp(1).mean() for logits in built(images)]).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return built


def test_a_convolution_steps_as_the_matrix_it_is() -> None:
    """torch's Muon on the flattened weight gives the direction; the length is scaled back to its start."""
    built = network(torch.contiguous_format)
    weight = built.trunks[0][2][0].weight
    alone = nn.Parameter(weight.detach().flatten(1).clone())
    torch.manual_seed(1)
    weight.grad = torch.randn_like(weight)
    alone.grad = weight.grad.flatten(1).clone()
    MuonAndSgd(built, SPEC).step()
    torch.optim.Muon([alone], lr=0.1, momentum=0.6, weight_decay=0.0, ns_steps=5).step()
    expected = alone.detach() * len(alone) ** 0.5 / alone.detach().norm()
    torch.testing.assert_close(weight.detach().flatten(1), expected)


def test_the_layout_in_memory_changes_nothing_but_rounding() -> None:
    one, other = trained(torch.contiguous_format), trained(torch.channels_last)
    for (name, a), b in zip(one.named_parameters(), other.parameters(), strict=True):
        # Iterations in bf16 see the columns in another order.
        torch.testing.assert_close(a, b, rtol=0, atol=0.05, msg=name)


def test_hidden_matrices_keep_their_length_and_all_else_moves_freely() -> None:
    start, end = dict(network(torch.channels_last).named_parameters()), trained(torch.channels_last)
    for name, after in end.named_parameters():
        moved = not torch.equal(after, start[name])
        assert moved == after.requires_grad, name
        if after.requires_grad and after.ndim > 1 and "head" not in name:
            assert after.norm().item() == pytest.approx(len(after) ** 0.5, rel=1e-4)


def test_a_saved_optimizer_goes_on_as_if_it_had_not_stopped() -> None:
    built, again = network(torch.channels_last), network(torch.channels_last)
    optimizer, resumed = MuonAndSgd(built, SPEC), MuonAndSgd(again, SPEC)
    for number in range(3):
        if number == 2:
            again.load_state_dict(built.state_dict())
            restore_optimizer(resumed, {k: v.clone() for k, v in tensors_of(optimizer).items()})
        torch.manual_seed(number)
        for p, q in zip(built.parameters(), again.parameters(), strict=True):
            if p.requires_grad:
                p.grad = torch.randn_like(p)
                q.grad = p.grad.clone()
        optimizer.step()
        if number == 2:
            resumed.step()
    assert all(torch.equal(p, q) for p, q in zip(built.parameters(), again.parameters(), strict=True))
