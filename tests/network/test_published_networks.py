"""The six architectures are today what they were when their results were published."""

from __future__ import annotations

import hashlib

import pytest
import torch
from torch.nn import functional as F

from taskgraft.architecture import catalogue
from taskgraft.network import Network, initialise
from taskgraft.recipe import BranchSpec, KerasBlocksSpec, NetworkSpec, recipe

SPECS = {
    "quick": recipe("quick").network,
    "keras": NetworkSpec(
        trunk=KerasBlocksSpec(stem_width=8, stage_widths=(8, 16)),
        branch=BranchSpec(fc_1=(64, 32), fc_2=(32, 16), dropout=0.25),
        conventions="keras",
    ),
}
# Of the weights of seed 3: the beginning of the SHA-256; and the loss in the third step, in double precision.
# In single precision, machines and numbers of threads differ by up to a hundredth there.
PUBLISHED = {
    ("quick", "independent"): ("765f76ee9efd4956", 2.03571317),
    ("quick", "shared"): ("b582138ff3d1b332", 2.72296732),
    ("quick", "coarse-to-fine"): ("8ed8e2370dfcd06a", 2.08314421),
    ("quick", "fine-to-coarse"): ("cd0550d04bfd92dd", 2.04134620),
    ("quick", "shared-coarse-to-fine"): ("e35b0d0ae84ad213", 2.58135494),
    ("quick", "shared-fine-to-coarse"): ("c1a4da1ec5997c59", 2.51018973),
    ("keras", "independent"): ("359c53e229d9ac4a", 5.23319859),
    ("keras", "shared"): ("977beb63c53e37b9", 4.86243312),
    ("keras", "coarse-to-fine"): ("1e7169c93d74f520", 5.25249599),
    ("keras", "fine-to-coarse"): ("7126b911973dfc2f", 5.67909928),
    ("keras", "shared-coarse-to-fine"): ("d06fe4cca29f9e21", 4.97797327),
    ("keras", "shared-fine-to-coarse"): ("d637233d90ef66b5", 5.71543058),
}


@pytest.mark.parametrize(("spec_name", "name"), PUBLISHED)
def test_weights_and_losses_are_as_published(spec_name: str, name: str) -> None:
    spec = SPECS[spec_name]
    network = Network(catalogue(("a", "b", "c"))[name], spec, (2, 5, 9), (3, 16, 16))
    initialise(network, 3)
    digest, loss = PUBLISHED[spec_name, name]
    assert fingerprint(network) == digest
    assert third_loss(network) == pytest.approx(loss, rel=1e-7)


def fingerprint(network: Network) -> str:
    """Of all weights, whatever they are called and in whatever order they stand."""
    weights = (value.contiguous() for value in network.state_dict().values())
    each = sorted(f"{list(value.shape)} {sha256(value.numpy().tobytes())}" for value in weights)
    return sha256("\n".join(each).encode())[:16]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def third_loss(network: Network) -> float:
    images = torch.randint(
        0, 256, (16, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    torch.manual_seed(0)
    network.double()
    network.precision = torch.float64
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.stack(
            [F.cross_entropy(logits, torch.arange(16) % logits.shape[1]) for logits in network(images)]
        ).sum()
        loss.backward()
        optimizer.step()
    return loss.item()
