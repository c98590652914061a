"""Fashion-MNIST in its IDX files: 70,000 grey pictures of 28x28, with three levels of 2, 6 and 10 classes.

The data has no official hierarchy. This one follows Seo and Shin (2019), "Hierarchical convolutional neural
networks for fashion image classification".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from taskgraft.data._dataset import Dataset
from taskgraft.data._provenance import Provenance
from taskgraft.data.files import _download as download
from taskgraft.data.files import reading
from taskgraft.data.sources._idx import read_idx
from taskgraft.data.sources._numbered_names import NumberedNames
from taskgraft.errors import DataError, RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import expanded
from taskgraft.taxonomy import IntArray, Level, Taxonomy

URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
# As published, of the compressed files; plain http is safe because these are checked.
KNOWN_HASHES = {
    "train-images-idx3-ubyte": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}
# Of the content of those very files, which stays the same when a distribution compresses it again.
_CONTENT_SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
SYSTEM_FOLDER = Path("/usr/share/datasets/fashion-mnist")

TAXONOMY = Taxonomy(
    levels=(
        Level("group", ("clothes", "goods")),
        Level("kind", ("tops", "bottoms", "dresses", "outers", "accessories", "shoes")),
        Level(
            "article",
            (
                "t-shirt",
                "trouser",
                "pullover",
                "dress",
                "coat",
                "sandal",
                "shirt",
                "sneaker",
                "bag",
                "ankle boot",
            ),
        ),
    ),
    parents=((0, 0, 0, 0, 1, 1), (0, 1, 0, 2, 3, 5, 0, 5, 4, 5)),
)

_SHAPE = (1, 28, 28)


def load(data_dir: Path | None = None, *, val_fraction: float = 0.1, limit: int | None = None) -> Dataset:
    """Loads Fashion-MNIST with its three levels, `group`, `kind` and `article` (the published label).

    Args:
        data_dir: Folder of the four IDX files, compressed (`.gz`) or not. Without it they are taken from
            where Debian's package `dataset-fashion-mnist` puts them, or downloaded once to the cache.
        val_fraction: Share of the train images held out for validation.
        limit: Keep at most this many images in each of train and test.

    Returns:
        A dataset of images of shape (N, 1, 28, 28): the train images, then the test images. An image's name
        is that of its files and its number there, from 0: `t10k 17`.

    Raises:
        RequestError: If `data_dir` is not where the files are.
        DataError: If they are unreadable, cut short or contradict each other.

    Example:
        >>> data = load()  # doctest: +SKIP
        >>> data.taxonomy.num_classes, data.num_images  # doctest: +SKIP
        ((2, 6, 10), {'train': 54000, 'val': 6000, 'test': 10000})
    """
    paths = _find(None if data_dir is None else expanded(Parameter("data_dir"), data_dir))
    train_images, train_articles, is_train_official = _read_pair(paths, "train")
    test_images, test_articles, is_test_official = _read_pair(paths, "t10k")
    is_official = is_train_official and is_test_official
    images = np.concatenate([train_images, test_images]).reshape(-1, *_SHAPE)
    return Dataset.carve(
        images,
        _label_levels(np.concatenate([train_articles, test_articles])),
        TAXONOMY,
        test=np.arange(len(train_images), len(images)),
        provenance=Provenance(
            "fashion-mnist", "official split" if is_official else "unofficial split", is_official
        ),
        val=val_fraction,
        limit=limit,
        names=NumberedNames({"train": len(train_images), "t10k": len(test_images)}),
    )


def _find(data_dir: Path | None) -> dict[str, Path]:
    """Where each of the four files is; downloads them when no folder is given and the system has none."""
    folder = SYSTEM_FOLDER if data_dir is None else data_dir
    paths: dict[str, Path] = {}
    with reading(folder):
        for name in KNOWN_HASHES:
            for path in (folder / name, folder / f"{name}.gz"):
                if path.is_file():
                    paths[name] = path
    missing = [f"{name}.gz" for name in KNOWN_HASHES if name not in paths]
    if missing and data_dir is None:
        return {
            name: download.fetch(f"{URL}/{name}.gz", known_hash, subdir="fashion-mnist")
            for name, known_hash in KNOWN_HASHES.items()
        }
    if missing:
        got = f"one without {', '.join(missing)}" if folder.is_dir() else "no such folder"
        raise RequestError.expected(
            f"{Parameter('data_dir')} {folder}",
            "a folder of Fashion-MNIST's four files",
            got,
            f"Get them from {URL}/, or leave {Parameter('data_dir')} out.",
        )
    return paths


def _read_pair(
    paths: dict[str, Path], part: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], bool]:
    """Images (N, 28, 28) and articles (N,) of `train` or `t10k`, and whether they are the published ones."""
    image_name, label_name = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
    images, image_digest = read_idx(paths[image_name], _SHAPE[1:])
    articles, label_digest = read_idx(paths[label_name], ())
    if len(articles) != len(images):
        raise DataError.expected(
            str(paths[label_name]),
            f"{len(images)} labels long, one for each image",
            len(articles),
            "The two files do not belong together; fetch them again.",
        )
    wrong = np.flatnonzero(articles >= TAXONOMY.num_classes[-1])
    if len(wrong):
        raise DataError.expected(
            f"label {wrong[0]} of {paths[label_name]}",
            f"from 0 to {TAXONOMY.num_classes[-1] - 1}",
            int(articles[wrong[0]]),
            "The file is damaged; fetch it again.",
        )
    digests = (_CONTENT_SHA256[image_name], _CONTENT_SHA256[label_name])
    return images, articles, (image_digest, label_digest) == digests


def _label_levels(articles: npt.NDArray[np.uint8]) -> IntArray:
    """The label at every level, from that of the finest: int64 of shape (N, 3)."""
    return np.stack([TAXONOMY.ancestors(level)[articles] for level in range(TAXONOMY.num_levels)], axis=1)
