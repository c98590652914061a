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
    pick = min if how["fit"] == "crop" else max
    share = gap / pick(a / b for a, b in zip(image.size, size, strict=True))
    # Of a JPEG that is far too large, a part of its detail is enough.
    image.draft(None, [math.ceil(side * share) for side in image.size])
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        clear, image = image.convert("RGBA"), Image.new("RGB", image.size, "white")
        image.paste(clear, mask=clear)
    image = image.convert("RGB").convert("L" if how["channels"] == 1 else "RGB")
    # What sticks out is cut evenly (crop), what is missing is black (pad).
    scale = pick(a / b for a, b in zip(image.size, size, strict=True))
    left, top = (max(0.0, (a - b * scale) / 2) for a, b in zip(image.size, size, strict=True))
    inner = [min(b, max(1, round(a / scale))) for a, b in zip(image.size, size, strict=True)]
    box = (left, top, image.width - left, image.height - top)
    shown, whole = image.resize(inner, Image.Resampling.BICUBIC, box, gap), Image.new(image.mode, size)
    whole.paste(shown, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return np.asarray(whole).reshape(size[1], size[0], how["channels"]).transpose(2, 0, 1)


def main(model, *files):
    """Prints the path of each picture and how far down it is sure."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    entries = session.get_modelmeta().custom_metadata_map
    about = {key.removeprefix("taskgraft."): json.loads(value) for key, value in entries.items()}
    classes = [level["classes"] for level in about["taxonomy"]["levels"]]
    outputs = ["path", "depth", *(level["node_probs"] for level in about["outputs"]["levels"])]
    for file in files:
        path, depth, *probs = session.run(outputs, {"pixels": pixels_of(file, about["preprocessing"])[None]})
        answers = zip(classes, path[0], probs, strict=True)
        steps = [f"{names[k]} {prob[0, k]:.1%}" for names, k, prob in answers]
        print(f"{file}  {' > '.join(steps)}  sure of {depth[0]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
