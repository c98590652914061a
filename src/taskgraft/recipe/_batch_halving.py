"""How far a batch may shrink where the memory is not enough for it."""

from __future__ import annotations

# With `auto_batch` a batch is halved this often at most: training would hardly be the same any more.
MOST_HALVINGS = 4
# Batch norm needs something to compare with.
FEWEST_IMAGES = 2


def halved(batch_size: int, wanted: int) -> int | None:
    """Half a batch size; None where that is too small a batch.

    Args:
        batch_size: Images in the batch that the memory was not enough for.
        wanted: Images in a batch of the recipe.

    Example:
        >>> halved(128, 512), halved(32, 512)
        (64, None)
    """
    half = batch_size // 2
    return half if half >= max(FEWEST_IMAGES, wanted >> MOST_HALVINGS) else None
