"""The six architectures are today what they were when their results were published."""

from __future__ import annotations

import hashlib

import pytest
import torch
from torch.nn import functional as F

from taskgraft.architecture import catalogue
from taskgraft.network import Network, initialise
from taskgraft.recipe import NetworkSpec, TrunkSpec, recipe
from taskgraft.recipe._network_spec import BranchSpec

SPECS = {
    "quick": recipe("quick").network,
    "keras": NetworkSpec(
        trunk=TrunkSpec(family="keras-blocks", stem_width=8, stage_widths=(8, 16)),
        branch=BranchSpec(fc_1=(64, 32), fc_2=(32, 16), dropout=0.25),
        conventions="keras",
    ),
}
# Of names and weights of seed 3: the beginning of the SHA-256; and the loss in the third step.
PUBLISHED = {
    ("quick", "independent"): ("13ef96cb8bf3ae26", 2.035713),
    ("quick", "shared"): ("707f8e160d0b19ed", 2.722968),
    ("quick", "coarse-to-fine"): ("f48d19acf5829e03", 2.083144),
    ("quick", "fine-to-coarse"): ("82daf73324b7118f", 2.041347),
    ("quick", "shared-coarse-to-fine"): ("48e968b353232a32", 2.581356),
    ("quick", "shared-fine-to-coarse"): ("5cbdf8d36de66b3c", 2.510189),
    ("keras", "independent"): ("0b9932cff61b5720", 5.238390),
    ("keras", "shared"): ("cfeac957e9c4cddb", 4.863770),
    ("keras", "coarse-to-fine"): ("bb9c592e0bdae063", 5.257977),
    ("keras", "fine-to-coarse"): ("359432d152b7c5a6", 5.716431),
    ("keras", "shared-coarse-to-fine"): ("f43dce5fdd1a5d30", 4.978839),
    ("keras", "shared-fine-to-coarse"): ("6f0995df92dbd996", 5.715025),
}


@pytest.mark.parametrize(("spec_name", "name"), PUBLISHED)
def test_names_weights_and_losses_are_as_published(spec_name: str, name: str) -> None:
    spec = SPECS[spec_name]
    network = Network(catalogue(("a", "b", "c"))[name], spec, (2, 5, 9), (3, 16, 16))
    initialise(network, spec, 3)
    digest, loss = PUBLISHED[spec_name, name]
    assert fingerprint(network) == digest
    # Machines round sums differently, by far less than another weight or another dropout mask does.
    assert third_loss(network) == pytest.approx(loss, rel=1e-4)


def fingerprint(network: Network) -> str:
    found = hashlib.sha256()
    for name, value in network.state_dict().items():
        found.update(name.encode())
        found.update(value.contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def third_loss(network: Network) -> float:
    images = torch.randint(
        0, 256, (16, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    torch.manual_seed(0)
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.05)
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.stack(
            [F.cross_entropy(logits, torch.arange(16) % logits.shape[1]) for logits in network(images)]
        ).sum()
        loss.backward()
        optimizer.step()
    return loss.item()
