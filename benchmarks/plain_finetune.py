"""`python -m benchmarks.plain_finetune`: the loop that anybody would write around timm, for comparison.

One classifier of the finest level on a pretrained trunk; AdamW with one rate for all weights, one cycle, no
decay on biases and norms, crops of 35 to 100 % and flips. The coarser levels follow from the finest class.
Pictures, splits and the count of images trained on are those of the recipe `finetune`.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.command import run_main
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.hardware import choose_hardware
from taskgraft.network import Lane, declared, stream_generator, trunk_family
from taskgraft.printing import say_json
from taskgraft.recipe import quick
from taskgraft.training import with_trunk

_WARMUP_RATIO = 0.25
_DECAY = 0.01
_CROP = (0.35, 1.0)
_EVALUATED_AT_ONCE = 256
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("val", "test")


@dataclass(frozen=True)
class Length:
    """How long and how fast the loop trains.

    Attributes:
        rate: The highest learning rate, of all weights.
        batch_size: Images a step.
        num_images: Trained on in all, about.
        seed: Of the head, the order and the crops.
    """

    rate: float
    batch_size: int
    num_images: int
    seed: int


class Plain(nn.Module):
    """A trunk of timm, normalisation before it, one linear classifier behind it.

    Args:
        trunk: `timm/NAME`.
        weights: Its file of weights.
        data: Its images, and the classes of its finest level.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, trunk: str, weights: str, data: Dataset) -> None:
        super().__init__()
        spec = with_trunk(quick(), trunk, weights).network.trunk
        family = trunk_family(spec)
        lane: Lane = family.lane(spec, data.image_shape)
        self.trunk = nn.Sequential(*lane.stages, lane.pool)
        for _, part, declaration in declared(self.trunk):
            if declaration.init is not None:
                declaration.init(part, stream_generator(0, declaration.key))
        self.head = nn.LazyLinear(data.taxonomy.num_classes[-1])
        for name, values in zip(("mean", "std"), family.normalisation(spec, 3) or (), strict=True):
            self.register_buffer(name, torch.tensor(values).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), 0 to 255, to logits (B, K)."""
        pixels = (images.float() - self.mean) / self.std
        logits: Tensor = self.head(self.trunk(pixels.contiguous(memory_format=torch.channels_last)))
        return logits


def cropped(images: Tensor, generator: torch.Generator) -> Tensor:
    """Images (B, C, H, W), each a random part of itself at full size, half of them mirrored."""
    out = images.float()
    side = images.shape[-1]
    for place, image in enumerate(images):
        low, high = _CROP
        share = low + (high - low) * torch.rand((), generator=generator).item()
        cut = max(1, round(side * math.sqrt(share)))
        top, left = (int(torch.randint(side - cut + 1, (), generator=generator)) for _ in range(2))
        part = image[None, :, top : top + cut, left : left + cut].float()
        out[place] = F.interpolate(part, size=(side, side), mode="bilinear", antialias=True)[0]
        if torch.rand((), generator=generator) < 0.5:
            out[place] = out[place].flip(-1)
    return out


def fit(model: Plain, data: Dataset, length: Length) -> None:
    """Trains the model, in place."""
    generator = torch.Generator().manual_seed(length.seed)
    images, targets = torch.from_numpy(data.images), torch.from_numpy(data.labels[:, -1])
    train = torch.from_numpy(data.indices["train"])
    model.train()(images[:2])
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    groups = [
        {
            "params": [each for each in model.parameters() if (each.ndim > 1) == is_decayed],
            "weight_decay": decay,
        }
        for is_decayed, decay in ((True, _DECAY), (False, 0.0))
    ]
    optimizer = torch.optim.AdamW(groups)
    num_steps = length.num_images // length.batch_size
    order: list[int] = []
    for step in range(num_steps):
        if len(order) < length.batch_size:
            order = train[torch.randperm(len(train), generator=generator)].tolist()
        chosen, order = order[: length.batch_size], order[length.batch_size :]
        for group in optimizer.param_groups:
            group["lr"] = length.rate * _share(step, num_steps)
        logits = model(cropped(images[chosen], generator))
        loss = F.cross_entropy(logits, targets[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _share(step: int, num_steps: int) -> float:
    """Of the peak rate: up in a cosine for a quarter of the steps, then down in one."""
    top = _WARMUP_RATIO * num_steps
    done = step / top if step < top else 1 - (step - top) / (num_steps - top)
    return 0.5 * (1 - math.cos(math.pi * max(done, 1 / num_steps)))


@torch.no_grad()
def accuracies(model: Plain, data: Dataset, split: Split) -> dict[str, float]:
    """Accuracy of every level, the coarser ones those of the finest class, and of the full path."""
    indices = data.indices[split]
    parts = np.array_split(indices, 1 + len(indices) // _EVALUATED_AT_ONCE)
    model.eval()
    fine = torch.cat([model(torch.from_numpy(data.images[part])).argmax(1) for part in parts]).numpy()
    targets, taxonomy = data.labels_of(split), data.taxonomy
    hits = np.stack(
        [taxonomy.ancestors(level)[fine] == targets[:, level] for level in range(taxonomy.num_levels)]
    )
    return dict(
        zip([*taxonomy.level_names, "path"], [*hits.mean(1).tolist(), float(hits.all(0).mean())], strict=True)
    )


def main(
    data: Path,
    weights: Path,
    trunk: str = "timm/tf_efficientnet_lite0",
    rate: float = 1e-3,
    batch: int = 64,
    images: int = 25_000,
    seed: int = 0,
    size: int = 96,
) -> None:
    """Trains once and prints the accuracies as JSON; the rate is chosen by those on val."""
    choose_hardware("cpu", 1)
    torch.manual_seed(seed)
    pictures = load(data, size=size, levels=["kind", "variety"])
    model, length = Plain(trunk, str(weights), pictures), Length(rate, batch, images, seed)
    started = time.process_time()
    fit(model, pictures, length)
    seconds = round(time.process_time() - started, 1)
    scores = {split: accuracies(model, pictures, split) for split in SPLITS}
    say_json({"size": size, **asdict(length), "cpu_seconds": seconds, **scores})


if __name__ == "__main__":
    run_main(main)
