"""Networks of timm whose weights have the same names and shapes, and that treat pixels in other ways."""

from __future__ import annotations

import functools

import torch

from taskgraft.network._timm_backbone import create_backbone
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import TimmTrunkSpec

# timm has networks that were trained with TensorFlow under this name, beside those of the same layers.
_TENSORFLOW = "tf_"


@functools.cache
def lookalikes(spec: TimmTrunkSpec, image_shape: tuple[int, int, int]) -> tuple[str, ...]:
    """Networks for which a file of weights of this one would be taken as well.

    A file has names and shapes. How pixels were scaled, maps padded and statistics divided is with timm, by
    the name of the network.

    Args:
        spec: A network.
        image_shape: Channels, height and width of the images.

    Example:
        >>> lookalikes(TimmTrunkSpec(backbone="efficientnet_lite0"), (3, 96, 96))
        ('tf_efficientnet_lite0',)
    """
    name = spec.backbone.partition(".")[0]
    other = name.removeprefix(_TENSORFLOW) if name.startswith(_TENSORFLOW) else f"{_TENSORFLOW}{name}"
    if not import_timm().is_model(other):
        return ()
    one, same = (_shapes(each, image_shape) for each in (name, other))
    return (other,) if one == same else ()


def _shapes(name: str, image_shape: tuple[int, int, int]) -> dict[str, torch.Size]:
    with torch.device("meta"):
        network = create_backbone(TimmTrunkSpec(backbone=name), image_shape)
    return {key: tensor.shape for key, tensor in network.state_dict().items()}
