// The small copy that the network sees: its size (nbs/paint/02_network.ipynb), and its pixels as libvips makes them
// for the command (nbs/photo/06_read.ipynb): means of whole pixels, then a triangle filter, first down, then across,
// each rounded to 8 bits.
import { gray } from './color.js';

export const SIZE = 256; // pixels of the short side

/** The nearest whole number; of two, the even one, as in Python. */
export const even = v => {
  const below = Math.floor(v);
  const rest = v - below;
  return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
};

/** [height, width] of the small copy; never larger than the photograph. */
export function networkSize(height, width, size = SIZE) {
  const short = Math.min(height, width);
  const long = Math.max(height, width);
  const limit = 4 * size * size;
  const scale = Math.min(1, size / short);
  let s = short * scale;
  let l = long * scale;
  if (Math.max(s, 32) * l > limit) {
    // a long strip
    s = Math.max(Math.min(s, 32), s * Math.sqrt(limit / (s * l)));
    l = Math.min(l, limit / Math.max(s, 32), s > 32 ? (long * s) / short : l);
  }
  [s, l] = [s, l].map(v => (v >= 2 ? Math.max(1, even(v / 2) * 2) : 1));
  s = Math.min(s, short);
  l = Math.min(l, long);
  return height <= width ? [s, l] : [l, s];
}

/** By which factor the command reduces a JPEG of more than 16 megapixels while it decodes it. */
export function halvings([H, W], [h, w]) {
  return [8, 4, 2].find(s => H % s === 0 && W % s === 0 && H >= 2 * s * h && W >= 2 * s * w) ?? 1;
}

// libvips divides by multiplying: a sum that divides evenly gives one less where the number is no power of 2.
const divider = n => {
  const half = n >> 1;
  const inverse = Math.floor(2 ** 24 / n);
  return sum => Math.floor(((sum + half) * inverse) / 2 ** 24);
};

// Means of `factor` rows, as rows arrive; the last row is repeated. Pixels have three bytes.
class Rows {
  constructor(H, W, factor) {
    Object.assign(this, { H, W, factor, mean: divider(factor), come: 0, gone: 0 });
    this.sum = new Uint32Array(3 * W);
    this.pixels = new Uint8ClampedArray(3 * W * Math.ceil(H / factor));
  }
  add(bytes, step) {
    // whole rows; step: bytes of a pixel, 3 or 4
    for (let at = 0; at < bytes.length; at += this.W * step) {
      this.come++;
      const repeats = this.come < this.H ? 1 : 1 + Math.ceil(this.H / this.factor) * this.factor - this.H;
      this.row(bytes, at, step, repeats);
      if (this.come % this.factor && this.come < this.H) continue;
      const to = 3 * this.W * this.gone++;
      for (let i = 0; i < 3 * this.W; i++) this.pixels[to + i] = this.mean(this.sum[i]);
      this.sum.fill(0);
    }
  }
  row(bytes, at, step, repeats) {
    const { sum, W } = this;
    for (let x = 0, i = 0; x < W; x++, at += step, i += 3) {
      sum[i] += repeats * bytes[at];
      sum[i + 1] += repeats * bytes[at + 1];
      sum[i + 2] += repeats * bytes[at + 2];
    }
  }
}

// Means of `factor` pixels of each of `rows` rows; the last pixel is repeated.
function across(pixels, rows, W, factor) {
  if (factor === 1) return pixels;
  const w = Math.ceil(W / factor);
  const out = new Uint8ClampedArray(3 * rows * w);
  const mean = divider(factor);
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < 3; c++, to++) {
        let sum = 0;
        for (let j = x * factor; j < (x + 1) * factor; j++) sum += pixels[3 * (y * W + Math.min(j, W - 1)) + c];
        out[to] = mean(sum);
      }
    }
  }
  return out;
}

// A triangle filter from n to m pixels: for each the first of its pixels, and their weights.
function triangles(n, m, scale) {
  return Array.from({ length: m }, (_, i) => {
    const center = Math.round((i + 0.5) * scale * 64) / 64 - 0.5; // libvips rounds places to 1/64 pixel
    const first = Math.ceil(center - scale);
    const weights = [];
    for (let j = first; j < center + scale; j++) weights.push(Math.max(0, 1 - Math.abs(j - center) / scale));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map(v => Math.floor((v / sum) * 4096) / 4096) }; // and weights to 1/4096
  });
}

// Applied to lines of n pixels, whose places in memory `at(line, pixel, n)` gives.
function filtered(pixels, lines, n, m, scale, at) {
  if (scale === 1) return pixels;
  const out = new Uint8ClampedArray(3 * m * lines);
  triangles(n, m, scale).forEach(({ first, weights }, i) => {
    const from = weights.map((_, j) => Math.min(Math.max(first + j, 0), n - 1));
    for (let line = 0; line < lines; line++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0.5;
        for (let j = 0; j < from.length; j++) sum += weights[j] * pixels[3 * at(line, from[j], n) + c];
        out[3 * at(line, i, m) + c] = Math.floor(sum);
      }
    }
  });
  return out;
}

/** Reduces a photograph while its rows arrive: `add(rgba)` from top to bottom, then `rgba()`, of size h×w. */
export class Shrinker {
  constructor(H, W, h, w, halving = 1) {
    // halving: as `halvings` gives it
    const factor = (n, m) => Math.max(1, Math.floor(n / m));
    Object.assign(this, { h, w, halving, load: new Rows(H, W, halving) });
    Object.assign(this, { H: H / halving, W: W / halving });
    this.down = factor(this.H, h);
    this.across = factor(this.W, w);
    this.rows = new Rows(this.H, this.W, this.down);
  }
  add(rgba) {
    (this.halving > 1 ? this.load : this.rows).add(rgba, 4);
  }
  rgba() {
    const { H, W, h, w, load, halving, rows } = this;
    const tall = Math.ceil(H / this.down);
    const wide = Math.ceil(W / this.across);
    if (halving > 1) rows.add(across(load.pixels, H, load.W, halving), 3);
    let pixels = filtered(rows.pixels, W, tall, h, H / h / this.down, (column, y) => y * W + column);
    pixels = across(pixels, h, W, this.across);
    pixels = filtered(pixels, h, wide, w, W / w / this.across, (row, x, width) => row * width + x);
    const out = new Uint8ClampedArray(4 * h * w).fill(255);
    for (let i = 0; i < h * w; i++) for (let c = 0; c < 3; c++) out[4 * i + c] = pixels[3 * i + c];
    return out;
  }
}

function reflected(i, n) {
  // the index before or after a border, mirrored there
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const at = i % period;
  return at < n ? at : period - at;
}

/** What the network sees of a plane of lightness: gray, padded by reflection to multiples of 32. */
export function padded({ h, w, data }) {
  const H = Math.ceil(h / 32) * 32;
  const W = Math.ceil(w / 32) * 32;
  const x = new Float32Array(H * W);
  const shades = Float32Array.from(data, gray);
  for (let y = 0, i = 0; y < H; y++) {
    for (let c = 0; c < W; c++, i++) x[i] = shades[reflected(y, h) * w + reflected(c, w)];
  }
  return { x, H, W };
}
