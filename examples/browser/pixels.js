// A picture as the pixels that `taskgraft predict` makes of it: the browser decodes, this resizes as Pillow does.

/** Pixels (C, H, W) of a picture file. `how` is `preprocessing` of the model's JSON file. */
export async function pixelsOf(blob, how) {
  let image = await decoded(blob);
  const size = [how.width, how.height];
  const pick = how.fit === "crop" ? Math.min : Math.max;
  const scaleOf = ({ width, height }) => pick(width / size[0], height / size[1]);
  // Of a JPEG that is far too large, `predict` reads a part of its detail.
  if (blob.type === "image/jpeg") image = drafted(image, how.reducing_gap / scaleOf(image));
  if (how.channels === 1) image = grey(image);
  const scale = scaleOf(image);
  const sides = [image.width, image.height];
  // What sticks out is cut evenly (crop), what is missing is black (pad).
  const [left, top] = sides.map((side, i) => Math.max(0, (side - size[i] * scale) / 2));
  const inner = sides.map((side, i) => Math.min(size[i], Math.max(1, roundHalfEven(side / scale))));
  const shown = resized(image, inner, [left, top, image.width - left, image.height - top], how.reducing_gap);
  return planes(padded(shown, size));
}

/** RGB of a file, upright and over white. */
async function decoded(blob) {
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, j = 0; j < data.length; i += 4) for (let c = 0; c < 3; c++) data[j++] = rgba[i + c];
  return { width, height, channels: 3, data };
}

function grey(image) {
  const data = new Uint8Array(image.width * image.height);
  for (let i = 0, j = 0; i < data.length; i++, j += 3)
    data[i] = (image.data[j] * 19595 + image.data[j + 1] * 38470 + image.data[j + 2] * 7471 + 0x8000) >> 16;
  return { ...image, channels: 1, data };
}

/** About what a JPEG is when decoded at a half, a quarter or an eighth. */
function drafted(image, share) {
  const wanted = [image.width, image.height].map((side) => Math.ceil(side * share));
  const most = Math.min(Math.floor(image.width / wanted[0]), Math.floor(image.height / wanted[1]));
  const factor = [8, 4, 2, 1].find((each) => each <= most) ?? 1;
  return factor === 1 ? image : reduced(image, [factor, factor], [0, 0, image.width, image.height]);
}

/** Means of blocks of pixels, of a box of whole pixels. */
function reduced(image, [across, down], [left, top, right, bottom]) {
  const { channels } = image;
  const [width, height] = [Math.ceil((right - left) / across), Math.ceil((bottom - top) / down)];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [x0, y0] = [left + x * across, top + y * down];
      const [x1, y1] = [Math.min(x0 + across, right), Math.min(y0 + down, bottom)];
      const count = (x1 - x0) * (y1 - y0);
      const share = Math.floor(2 ** 24 / count);
      for (let c = 0; c < channels; c++) {
        let sum = Math.floor(count / 2);
        for (let v = y0; v < y1; v++)
          for (let u = x0; u < x1; u++) sum += image.data[(v * image.width + u) * channels + c];
        data[(y * width + x) * channels + c] = Math.floor((sum * share) / 2 ** 24);
      }
    }
  return { width, height, channels, data };
}

/** Pillow's bicubic resize of a box, in two steps where it shrinks by more than the gap. */
function resized(image, size, box, gap) {
  const factors = [0, 1].map((i) => Math.trunc((box[i + 2] - box[i]) / size[i] / gap) || 1);
  if (Math.max(...factors) > 1) {
    const support = [0, 1].map((i) => (1.5 * (box[i + 2] - box[i])) / size[i]);
    const safe = [
      ...[0, 1].map((i) => Math.max(0, Math.trunc(box[i] - support[i]))),
      ...[0, 1].map((i) => Math.min([image.width, image.height][i], Math.ceil(box[i + 2] + support[i]))),
    ];
    image = reduced(image, factors, safe);
    box = box.map((side, i) => (side - safe[i % 2]) / factors[i % 2]);
  }
  box = box.map(Math.fround); // as Pillow holds it
  const across = (each) => along(each, size[0], box[0], box[2], false);
  const down = (each) => along(each, size[1], box[1], box[3], true);
  // Pillow 13 begins with the direction that leaves less to do; before, it always began across.
  const isDownFirst = image.height - size[1] > 2 * Math.max(0, image.width - size[0]);
  return isDownFirst ? across(down(image)) : down(across(image));
}

/** One direction of the resize: weights in whole numbers of 22 bits, as Pillow has them. */
function along(image, length, start, end, isDown) {
  const { channels } = image;
  const before = isDown ? image.height : image.width;
  if (length === before && start === 0 && end === before) return image;
  const [width, height] = isDown ? [image.width, length] : [length, image.height];
  const data = new Uint8ClampedArray(width * height * channels);
  const step = (isDown ? image.width : 1) * channels;
  for (let place = 0; place < length; place++) {
    const [first, weights] = weightsOf(place, length, before, start, end);
    for (let other = 0; other < (isDown ? width : height); other++) {
      const from = (isDown ? first * image.width + other : other * image.width + first) * channels;
      const to = (isDown ? place * width + other : other * width + place) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 2 ** 21;
        for (let k = 0; k < weights.length; k++) sum += image.data[from + k * step + c] * weights[k];
        data[to + c] = Math.floor(sum / 2 ** 22);
      }
    }
  }
  return { width, height, channels, data };
}

function weightsOf(place, length, before, start, end) {
  const scale = Math.fround(end - start) / length;
  const widened = Math.max(1, scale);
  const center = start + (place + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - 2 * widened + 0.5));
  const last = Math.min(before, Math.trunc(center + 2 * widened + 0.5));
  const weights = [];
  for (let x = first; x < last; x++) weights.push(bicubic((x - center + 0.5) * (1 / widened)));
  const total = weights.reduce((a, b) => a + b, 0);
  return [first, weights.map((w) => Math.trunc((w / total) * 2 ** 22 + (w / total < 0 ? -0.5 : 0.5)))];
}

function bicubic(x) {
  x = Math.abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

function padded(image, [width, height]) {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  const left = Math.floor((width - image.width) / 2);
  const top = Math.floor((height - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * channels, (y + 1) * image.width * channels);
    data.set(row, ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}

function planes(image) {
  const area = image.width * image.height;
  const data = new Uint8Array(area * image.channels);
  for (let i = 0; i < area; i++)
    for (let c = 0; c < image.channels; c++) data[c * area + i] = image.data[i * image.channels + c];
  return data;
}

function roundHalfEven(x) {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (low % 2) : Math.round(x);
}
