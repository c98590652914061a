"""All that a model does with pixels as one module of plain operators, its outputs by name."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taskgraft.export._decide import Tree, answers_of, depths
from taskgraft.export._names import CERTAINTY, DEPTH, PATH, outputs_of
from taskgraft.inference import Model, folded
from taskgraft.scores import equal_weights


class ExportGraph(nn.Module):
    """Pixels to logits, probabilities, path and depth.

    Decisions are computed in f64, as `Model.predict` computes them.

    Args:
        model: Left as it is.
        precision: What the layers compute in.
        threshold: The least certainty of a class that is said; None where all are.
    """

    def __init__(self, model: Model, precision: torch.dtype, threshold: float | None) -> None:
        super().__init__()
        description, taxonomy = model.description, model.taxonomy
        self.remap = model.remap
        self.network = folded(model.network, precision, torch.contiguous_format).cpu()
        self.tree = Tree(taxonomy)
        self._names = outputs_of(taxonomy.level_names)
        self._flips = description.test_time_flip
        given = description.temperatures or {}
        self._temperatures = [given.get(name) or 1.0 for name in taxonomy.level_names]
        self._decoding = description.decoding
        of_levels = description.pool_weights
        self._weights = list(of_levels.values()) if of_levels else equal_weights(taxonomy).tolist()
        self._threshold = threshold

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Pixels, uint8 (B, C, H, W), to the outputs by name, in the order of `output_names`."""
        logits = self._logits(pixels)
        exact = [level.double() for level in logits]
        logs = [(level / t).log_softmax(dim=1) for level, t in zip(exact, self._temperatures, strict=True)]
        path, nodes, certainty = answers_of(exact, logs, self.tree, self._decoding, self._weights)
        # Where nothing is demanded, everything is sure enough.
        depth = depths(certainty, 0.0 if self._threshold is None else self._threshold)
        answers = {PATH: path, DEPTH: depth, CERTAINTY: certainty.float()}
        for names, level, log, node in zip(self._names, logits, logs, nodes, strict=True):
            answers |= {names.logits: level, names.probs: log.exp().float(), names.node_probs: node.float()}
        return answers

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        of_levels = ((names.logits, names.probs, names.node_probs) for names in self._names)
        return [PATH, DEPTH, CERTAINTY, *(name for level in of_levels for name in level)]

    def _logits(self, pixels: Tensor) -> list[Tensor]:
        logits = [level.float() for level in self.network(pixels)]
        if self._flips:
            both = zip(logits, self.network(pixels.flip(3)), strict=True)
            mean = {place: (one + mirrored.float()) / 2 for place, (one, mirrored) in enumerate(both)}
            logits = self.network.completed(mean)
        return logits if self.remap is None else self.remap(logits)
