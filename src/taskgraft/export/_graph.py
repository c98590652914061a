"""All that a model does with pixels as one module of plain operators, its outputs by name."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taskgraft.export._decide import DECODINGS, Tree, along_path, depths, tree_probs
from taskgraft.export._names import DEPTH, PATH, outputs_of
from taskgraft.inference import Model, folded


class ExportGraph(nn.Module):
    """Pixels to logits, probabilities, path and depth.

    Decisions are computed in f64, as `Model.predict` computes them.

    Args:
        model: Left as it is.
        precision: What the layers compute in.
        threshold: The least probability of a class that is sure; None where all are.
    """

    def __init__(self, model: Model, precision: torch.dtype, threshold: float | None) -> None:
        super().__init__()
        description, taxonomy = model.description, model.taxonomy
        self.network = folded(model.network, precision, torch.contiguous_format).cpu()
        self.tree = Tree(taxonomy)
        self._names = outputs_of(taxonomy.level_names)
        self._flips = description.test_time_flip
        given = description.temperatures or {}
        self._temperatures = [given.get(name) or 1.0 for name in taxonomy.level_names]
        self._decoding = description.decoding
        self._threshold = threshold

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Pixels, uint8 (B, C, H, W), to the outputs by name, in the order of `output_names`."""
        logits = self._logits(pixels)
        scaled = [level.double() / t for level, t in zip(logits, self._temperatures, strict=True)]
        logs = [level.log_softmax(dim=1) for level in scaled]
        path = DECODINGS[self._decoding](logs, self.tree)
        nodes = tree_probs(logs, self.tree, self._decoding)
        answers: dict[str, Tensor] = {PATH: path, DEPTH: self._depth(along_path(nodes, path))}
        for names, level, log, node in zip(self._names, logits, logs, nodes, strict=True):
            answers |= {names.logits: level, names.probs: log.exp().float(), names.node_probs: node.float()}
        return answers

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs."""
        of_levels = ((names.logits, names.probs, names.node_probs) for names in self._names)
        return [PATH, DEPTH, *(name for level in of_levels for name in level)]

    def _logits(self, pixels: Tensor) -> list[Tensor]:
        logits = [level.float() for level in self.network(pixels)]
        if not self._flips:
            return logits
        mirrored = self.network(pixels.flip(3))
        return [(a + b.float()) / 2 for a, b in zip(logits, mirrored, strict=True)]

    def _depth(self, path_probs: Tensor) -> Tensor:
        return depths(path_probs, -torch.inf if self._threshold is None else self._threshold)
