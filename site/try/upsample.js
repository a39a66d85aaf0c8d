// Chroma from small to large along edges: the guided filter of nbs/photo/08_upsample.ipynb.
// A plane is { h, w, data }; chroma is [a, b], two arrays.

/** Pillow's BOX filter: the mean over each pixel's area, whole pixels alone. */
export function boxed({ h, w, data }, h2, w2) {
  const across = parts(w, w2);
  const down = parts(h, h2);
  const out = new Float32Array(h2 * w2);
  const middle = new Float32Array(h * w2);
  for (let y = 0; y < h; y++) for (let x = 0; x < w2; x++) middle[y * w2 + x] = mean(data, y * w, 1, across[x]);
  for (let y = 0; y < h2; y++) for (let x = 0; x < w2; x++) out[y * w2 + x] = mean(middle, x, w2, down[y]);
  return { h: h2, w: w2, data: out };
}
function parts(n, m) {
  // [first, after the last] for each of m pixels
  const scale = n / m;
  const support = Math.max(scale, 1) / 2;
  return Array.from({ length: m }, (_, i) => {
    const center = (i + 0.5) * scale;
    const inside = j => {
      const at = (j - center + 0.5) / Math.max(scale, 1);
      return at > -0.5 && at <= 0.5;
    };
    let first = Math.max(0, Math.floor(center - support + 0.5));
    let last = Math.min(n, Math.floor(center + support + 0.5));
    while (first < last && !inside(first)) first++;
    while (last > first && !inside(last - 1)) last--;
    return [first, last];
  });
}
function mean(data, start, step, [first, last]) {
  let sum = 0;
  for (let j = first; j < last; j++) sum += data[start + j * step];
  return sum / (last - first);
}

function along(data, h, w, axis, of) {
  // `of(before, here, after)` for each pixel; border pixels are repeated
  const out = new Float64Array(h * w);
  const step = axis ? 1 : w;
  const n = axis ? w : h;
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      const at = axis ? x : y;
      out[i] = of(data[at ? i - step : i], data[i], data[at < n - 1 ? i + step : i]);
    }
  }
  return out;
}
function both(data, h, w, of) {
  return along(along(data, h, w, 0, of), h, w, 1, of);
}
const blur = (data, h, w, side) =>
  both(data, h, w, (before, here, after) => (1 - 2 * side) * here + side * (before + after));
const per = (n, of) => Float64Array.from({ length: n }, (_, i) => of(i));

// The slope of chroma over lightness, averaged over each pixel's windows (He, Sun and Tang 2013, eq. 5 and 8).
function slope(L, c, h, w, eps) {
  const n = h * w;
  const mean = data => blur(data, h, w, 1 / 4);
  const mL = mean(L);
  const mc = mean(c);
  const mLc = mean(per(n, i => L[i] * c[i]));
  const mLL = mean(per(n, i => L[i] * L[i]));
  return mean(per(n, i => (mLc[i] - mL[i] * mc[i]) / (mLL[i] - mL[i] * mL[i] + eps)));
}

function between(n, size, start, stop) {
  // of n small pixels over `size` large ones: two neighbors, the second's weight
  const first = new Int32Array(stop - start);
  const second = new Int32Array(stop - start);
  const weight = new Float64Array(stop - start);
  for (let i = start; i < stop; i++) {
    const x = Math.min(Math.max(((i + 0.5) * n) / size - 0.5, 0), n - 1); // centers of pixels, not their corners
    first[i - start] = Math.floor(x);
    second[i - start] = Math.min(Math.floor(x) + 1, n - 1);
    weight[i - start] = x - Math.floor(x);
  }
  return { first, second, weight };
}

/** Chroma at any larger size, from L of the picture that the network saw and its chroma at h×w. */
export class GuidedUpsampler {
  constructor(seen, { h, w, ab }, eps = 16) {
    const L = boxed(seen, h, w).data;
    const n = h * w;
    const A = ab.map(c => slope(L, c, h, w, eps));
    const B = ab.map((c, k) => per(n, i => c[i] - A[k][i] * L[i]));
    const sharp = [...A, ...B].map(line => {
      // since bilinear interpolation blurs
      const soft = blur(line, h, w, 1 / 8);
      return per(n, i => 2 * line[i] - soft[i]);
    });
    const least = both(L, h, w, Math.min).map(v => v - 5);
    const most = both(L, h, w, Math.max).map(v => v + 5);
    Object.assign(this, { h, w, lines: [...sharp, least, most].map(line => Float32Array.from(line)) });
  }

  /** Chroma of some rows of a photograph of H×W pixels, whose first is `top`, from their lightness. */
  rows(L, top, H, W) {
    const { h, w, lines } = this;
    const n = L.length / W;
    const a = new Float32Array(L.length);
    const b = new Float32Array(L.length);
    const down = between(h, H, top, top + n);
    const across = between(w, W, 0, W);
    const line = lines.map(() => new Float64Array(w));
    for (let y = 0, i = 0; y < n; y++) {
      const upper = down.first[y] * w;
      const lower = down.second[y] * w;
      const d = down.weight[y];
      lines.forEach((from, k) => {
        for (let x = 0; x < w; x++) line[k][x] = from[upper + x] + d * (from[lower + x] - from[upper + x]);
      });
      const [Aa, Ab, Ba, Bb, least, most] = line;
      for (let x = 0; x < W; x++, i++) {
        const p = across.first[x];
        const q = across.second[x];
        const s = across.weight[x];
        const t = 1 - s;
        const light = Math.min(Math.max(L[i], t * least[p] + s * least[q]), t * most[p] + s * most[q]);
        a[i] = (t * Aa[p] + s * Aa[q]) * light + t * Ba[p] + s * Ba[q];
        b[i] = (t * Ab[p] + s * Ab[q]) * light + t * Bb[p] + s * Bb[q];
      }
    }
    return [a, b];
  }
}
