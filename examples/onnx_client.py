"""What an exported model says of pictures, with onnxruntime, NumPy and Pillow alone.

python onnx_client.py model.onnx PICTURE...
"""

import json
import math
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps


def pixels_of(file, how):
    """A picture as the model's uint8 pixels (C, H, W), made as `taskgraft predict` makes them."""
    image, size, gap = Image.open(file), (how["width"], how["height"]), how["reducing_gap"]
    ratios = image.width / size[0], image.height / size[1]
    share = gap / (min(ratios) if how["fit"] == "crop" else max(ratios))
    if share < 1 and image.format in ("JPEG", "MPO"):  # far too large: a part of its detail is enough
        image.draft(None, (math.ceil(image.width * share), math.ceil(image.height * share)))
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        clear, image = image.convert("RGBA"), Image.new("RGB", image.size, "white")
        image.paste(clear, mask=clear)
    image = image.convert("RGB")
    image = image.convert("L") if how["channels"] == 1 else image
    if image.size != size:
        image = resized(image, size, how["fit"], gap)
    return np.asarray(image).reshape(size[1], size[0], how["channels"]).transpose(2, 0, 1)


def resized(image, size, fit, gap):
    """The picture in another size: cut evenly where it sticks out, or with bars of black."""
    ratios = image.width / size[0], image.height / size[1]
    scale = min(ratios) if fit == "crop" else max(ratios)
    if fit == "crop":
        left, top = (max(0.0, (a - b * scale) / 2) for a, b in zip(image.size, size, strict=True))
        box = (left, top, image.width - left, image.height - top)
        return image.resize(size, Image.Resampling.BICUBIC, box, gap)
    inner = tuple(max(1, round(side / scale)) for side in image.size)
    padded = Image.new(image.mode, size)
    shown = image.resize(inner, Image.Resampling.BICUBIC, None, gap)
    padded.paste(shown, tuple((a - b) // 2 for a, b in zip(size, inner, strict=True)))
    return padded


def main(model, *files):
    """Prints the path of each picture and how far down it is sure."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    entries = session.get_modelmeta().custom_metadata_map
    about = {key.removeprefix("taskgraft."): json.loads(value) for key, value in entries.items()}
    levels, nodes = about["taxonomy"]["levels"], [level["node_probs"] for level in about["outputs"]["levels"]]
    for file in files:
        pixels = pixels_of(file, about["preprocessing"])
        path, depth, *probs = session.run(["path", "depth", *nodes], {"pixels": pixels[None]})
        steps = [
            f"{level['classes'][k]} {prob[0, k]:.1%}"
            for level, k, prob in zip(levels, path[0], probs, strict=True)
        ]
        print(f"{file}  {' > '.join(steps)}  sure of {depth[0]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
