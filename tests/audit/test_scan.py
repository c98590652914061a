"""One reading of the images: details of each picture once, whatever was read together."""

from __future__ import annotations

import numpy as np

from audited_pictures import photographs
from taskgraft.audit import _scan as scanning
from taskgraft.audit._scan import scan
from taskgraft.audit._signature import detail_maps, signatures


def test_every_picture_is_kept_once_and_in_the_order_of_its_first_image(monkeypatch):
    pictures = photographs(6)
    of_image = np.array([0, 1, 0, 2, 3, 3, 1, 4, 0, 5])
    for num_bytes in (1, 4 * 4 * pictures[0].size, 2**24):  # one image at a time, four, all
        monkeypatch.setattr(scanning, "_CHUNK_BYTES", num_bytes)
        scanned = scan(pictures[of_image], np.arange(10))
        np.testing.assert_array_equal(scanned.twin, of_image)
        np.testing.assert_array_equal(scanned.maps, detail_maps(pictures))
        np.testing.assert_array_equal(scanned.signatures, signatures(detail_maps(pictures)))
        np.testing.assert_array_equal(scanned.ranges, np.ptp(pictures[of_image], (2, 3)).max(1))
        np.testing.assert_allclose(scanned.deviations, pictures[of_image].std((2, 3)).max(1), rtol=1e-5)


def test_only_the_rows_of_splits_are_read():
    pictures = photographs(5)
    scanned = scan(pictures, np.array([1, 4]))
    np.testing.assert_array_equal(scanned.maps, detail_maps(pictures[[1, 4]]))
