"""Initial weights that are paired between architectures: one seed, one weight, wherever keys agree."""

from __future__ import annotations

from torch import Tensor, nn

from taskgraft.network._declared import InitOfParts, declared
from taskgraft.network._draws import stream_generator
from taskgraft.network._network import Network
from taskgraft.network._whiten import WhitenedStem


def initialise(network: Network, seed: int) -> None:
    """Fills a network's weights in place, each from a stream named by the seed and the key it declared.

    The lanes of a trunk have the same keys: shared, separate or forked, all begin at the same point. The keys
    of branches hold their level.

    Args:
        network: Newly built, on any device but meta.
        seed: The run's seed.

    Raises:
        DataError: If a trunk begins with weights that are not available.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.recipe import recipe
        >>> spec, known = recipe("quick").network, catalogue(["a", "b"])
        >>> networks = [Network(known[n], spec, (2, 4), (3, 32, 32)) for n in ("shared", "independent")]
        >>> for network in networks:
        ...     initialise(network, seed=3)
        >>> one, other = (next(network.trunk.parameters()) for network in networks)
        >>> bool((one == other).all())
        True
    """
    drawn: dict[tuple[str, int], nn.Module] = {}
    begun: dict[str, nn.Module] = {}
    for _, module, declaration in declared(network):
        init, key = declaration.init, declaration.key
        if init is None:
            continue
        place = key, declaration.slot
        # Lanes begin alike: what is read from a file, or the hub, is read once.
        if place in drawn:
            module.load_state_dict(drawn[place].state_dict())
            continue
        stream = stream_generator(seed, key)
        if isinstance(init, InitOfParts):
            if key not in begun:
                begun[key] = init.begin(stream)
            init.fill(module, begun[key])
        else:
            init(module, stream)
        drawn[place] = module


def whiten_stems(network: Network, images: Tensor) -> None:
    """Sets every whitened stem to the filters of the images' patches, in place; all get the same.

    Args:
        network: Any; one without whitened stems is left as it is.
        images: A thousand train images or so, of shape (N, C, H, W), 0 to 255, on any device.
    """
    pixels = (images.float() - network.pixel_mean.cpu()) / network.pixel_std.cpu()
    for module in network.modules():
        if isinstance(module, WhitenedStem):
            module.whiten(pixels)
