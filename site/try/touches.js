// The user's colors, spread by the hypercolumn: nbs/paint/03_touches.ipynb, line by line.
// A touch is { x, y, color, reach }: pixels of the photograph; '#rrggbb', 'keep' or 'gray'; 0.1 to 10 (usually 1).
import { abOfHex, inGamut, labToLinear } from './color.js';
import { even } from './small.js';
import { boxed, GuidedUpsampler } from './upsample.js';

const LEVEL_WEIGHTS = [4, 1, 3, 2, 3, 1]; // of the five levels, fine to coarse, and of the decoder
const WHOLE = LEVEL_WEIGHTS.reduce((a, b) => a + b);
const LANDMARKS = 400;
const MOST = 1000; // places whose directions are averaged, about; touched cells
const LOOK = 1.1;
const NEAR = 0.15;
const NEARER = 0.3;
const TINT = 1.5;
const LIGHT = 30;
const CHROMA = 15;
const CAST = 25;
const NOISE = 0.015;

/** The direction of each place's column: n×channels. `columns` holds the levels one after the other, channels×n. */
export function directions(columns, channels, n) {
  const all = channels.reduce((a, b) => a + b);
  const rows = new Float32Array(n * all);
  const length = new Float64Array(n);
  let start = 0;
  channels.forEach((count, level) => {
    let shared = 1e-12;
    let total = 0;
    length.fill(0);
    for (let c = start; c < start + count; c++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += columns[c * n + i];
      mean /= n;
      shared += mean * mean;
      for (let i = 0; i < n; i++) {
        const v = columns[c * n + i] - mean;
        rows[i * all + c] = v;
        length[i] += v * v;
        total += v * v;
      }
    }
    const more = shared / 2 / (1 + total / n / shared) ** 2; // hardly anything, unless all columns are almost the same
    for (let i = 0; i < n; i++) {
      const scale = Math.sqrt(LEVEL_WEIGHTS[level] / WHOLE / (length[i] + more));
      for (let c = start; c < start + count; c++) rows[i * all + c] *= scale;
    }
    start += count;
  });
  return rows;
}

/** Each direction, moved to the mean of those like it. `shift`: of `shifter`; `rows` is overwritten. */
export async function gathered(rows, h, w, shift) {
  const all = rows.length / (h * w);
  const step = Math.max(1, even(Math.sqrt((h * w) / LANDMARKS)));
  const found = [];
  for (let y = step >> 1; y < h; y += step) {
    for (let x = step >> 1; x < w; x += step) found.push(...rows.subarray((y * w + x) * all, (y * w + x + 1) * all));
  }
  if (!found.length) return rows; // the picture is thinner than one step
  const marks = Float32Array.from(found);
  const part = 2048 * all; // a part at a time, for the memory
  for (let at = 0; at < rows.length; at += part) {
    rows.set(await shift(rows.subarray(at, at + part), marks, all), at);
  }
  return rows;
}

/** A function for `gathered`: mean shift by a graph of a few matrix products. */
export function shifter({ Tensor }, session) {
  return async (part, marks, channels) => {
    const matrix = data => new Tensor('float32', data, [data.length / channels, channels]);
    const { moved } = await session.run({ part: matrix(part), marks: matrix(marks) });
    return moved.data;
  };
}

function dot(a, b) {
  // four sums, because each addition waits for the one before
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s += a[i] * b[i];
    t += a[i + 1] * b[i + 1];
    u += a[i + 2] * b[i + 2];
    v += a[i + 3] * b[i + 3];
  }
  for (; i < a.length; i++) s += a[i] * b[i];
  return s + t + u + v;
}

// For a symmetric matrix (rows of numbers): its eigenvalues below 0 set to 0, by Jacobi's rotations.
function positive(matrix) {
  const n = matrix.length;
  const A = matrix.map(row => Float64Array.from(row));
  const V = A.map((_, i) => Float64Array.from(A, (_, j) => +(i === j)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let rest = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rest += A[p][q] ** 2;
    if (rest < 1e-22) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(A[p][q]) < 1e-300) continue;
        const theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) [A[k][p], A[k][q]] = [c * A[k][p] - s * A[k][q], s * A[k][p] + c * A[k][q]];
        for (let k = 0; k < n; k++) [A[p][k], A[q][k]] = [c * A[p][k] - s * A[q][k], s * A[p][k] + c * A[q][k]];
        for (let k = 0; k < n; k++) [V[k][p], V[k][q]] = [c * V[k][p] - s * V[k][q], s * V[k][p] + c * V[k][q]];
      }
    }
  }
  return V.map(row => V.map(other => row.reduce((sum, v, k) => sum + v * Math.max(A[k][k], 0) * other[k], 0)));
}

// n×n, n×2, n -> n×2 (Gauss; the matrix is positive definite)
function weightsFor(kernel, differences, noise) {
  const A = positive(kernel.map((row, i) => row.map((v, j) => (v + kernel[j][i]) / 2)));
  const n = A.length;
  const B = differences.map(row => [...row]);
  A.forEach((row, i) => {
    row[i] += noise[i];
  });
  for (let p = 0; p < n; p++) {
    for (let i = p + 1; i < n; i++) {
      const factor = A[i][p] / A[p][p];
      for (let j = p; j < n; j++) A[i][j] -= factor * A[p][j];
      for (const c of [0, 1]) B[i][c] -= factor * B[p][c];
    }
  }
  for (let p = n - 1; p >= 0; p--) {
    for (const c of [0, 1]) {
      for (let j = p + 1; j < n; j++) B[p][c] -= A[p][j] * B[j][c];
      B[p][c] /= A[p][p];
    }
  }
  return B;
}

function solve(alike, tinting, d) {
  // -> the weights for each kernel
  const noise = alike.map(row => NOISE * row.reduce((a, b) => a + b));
  const both = alike.map((row, i) => row.map((v, j) => v + tinting[i][j]));
  const small = d.map(([a, b]) => [a, b].map(v => v * Math.exp(-(a * a + b * b) / CAST ** 2)));
  const cast = weightsFor(both, small, noise);
  const left = d.map((row, i) => row.map((v, c) => v - both[i].reduce((sum, k, j) => sum + k * cast[j][c], 0)));
  const own = weightsFor(alike, left, noise);
  return [own.map((row, i) => row.map((v, c) => v + cast[i][c])), cast];
}

/** The touched cells of an h×w answer: { at, wish, reach, x, y } of each. Throws a `RangeError`. */
export function cells(touches, H, W, { h, w, ab }) {
  const found = new Map();
  for (const { x, y, color, reach = 1 } of touches) {
    if (!(x >= 0 && y >= 0 && x < W && y < H)) {
      throw new RangeError(`The touch at ${x},${y} lies outside the photograph, which has ${W}×${H} pixels.`);
    }
    const at = Math.floor((y * h) / H) * w + Math.floor((x * w) / W);
    const wish = color === 'keep' ? [ab[0][at], ab[1][at]] : color === 'gray' ? [0, 0] : abOfHex(color);
    const cell = found.get(at) ?? { at, wishes: [], reaches: [], x, y };
    cell.wishes.push(wish);
    cell.reaches.push(reach);
    found.set(at, cell);
  }
  if (found.size > MOST) throw new RangeError(`These are touches in ${found.size} cells; give at most ${MOST}.`);
  const mean = list => list.reduce((a, b) => a + b) / list.length;
  return [...found.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, wishes, reaches, x, y }) => ({
      at,
      wish: [0, 1].map(c => mean(wishes.map(v => v[c]))),
      reach: mean(reaches),
      x,
      y,
    }));
}

/** The network's answer { h, w, ab }, corrected by touched cells. `rows` are of `gathered`, L of size h×w. */
export function spread({ h, w, ab }, rows, L, touched) {
  const all = rows.length / (h * w);
  const long = Math.max(h, w);
  const zero = Math.exp(-1 / LOOK ** 2);
  const squares = touched.map(({ at }) =>
    dot(rows.subarray(at * all, (at + 1) * all), rows.subarray(at * all, (at + 1) * all)),
  );
  function kernels(i, alike, tinting) {
    // of place i and each touched cell
    const row = rows.subarray(i * all, (i + 1) * all);
    const square = dot(row, row);
    const y = Math.floor(i / w);
    const x = i % w;
    touched.forEach(({ at, reach }, j) => {
      const apart = Math.max(square + squares[j] - 2 * dot(row, rows.subarray(at * all, (at + 1) * all)), 0);
      const far = ((y - Math.floor(at / w)) ** 2 + (x - (at % w)) ** 2) / long ** 2;
      const looks = Math.max((Math.exp(-apart / 2 / LOOK ** 2) - zero) / (1 - zero), 0);
      alike[j] = ((looks * (1 + NEARER * Math.exp(-far / 2 / NEAR ** 2))) / (1 + NEARER)) ** (1 / reach);
      const chroma = (ab[0][i] - ab[0][at]) ** 2 + (ab[1][i] - ab[1][at]) ** 2;
      tinting[j] = TINT * Math.exp(-((L[i] - L[at]) ** 2) / 2 / LIGHT ** 2 - chroma / 2 / CHROMA ** 2) ** (1 / reach);
    });
  }
  const alike = touched.map(() => []);
  const tinting = touched.map(() => []);
  touched.forEach(({ at }, i) => kernels(at, alike[i], tinting[i]));
  const [own, cast] = solve(
    alike,
    tinting,
    touched.map(({ at, wish }) => wish.map((v, c) => v - ab[c][at])),
  );
  const result = ab.map(c => Float32Array.from(c));
  const k = [];
  const t = [];
  for (let i = 0; i < h * w; i++) {
    kernels(i, k, t);
    const change = [0, 1].map(c => k.reduce((sum, v, j) => sum + v * own[j][c] + t[j] * cast[j][c], 0));
    for (const c of [0, 1]) result[c][i] += change[c];
    if (Math.max(...change.map(Math.abs)) <= 1) continue;
    [result[0][i], result[1][i]] = inGamut(L[i], result[0][i], result[1][i]); // here it costs less than at full size
  }
  return { h, w, ab: result };
}

/** Corrected once more: each touched pixel has the wished chroma after upsampling. `places`: [y, x] in `seen`. */
export function settled({ h, w, ab }, seen, touched, places) {
  const result = ab.map(c => Float32Array.from(c));
  function fade({ at }, change) {
    // adds a change of chroma that fades around a cell
    const top = Math.floor(at / w);
    const left = at % w;
    for (let y = 0, i = 0; y < h; y++) {
      for (let x = 0; x < w; x++, i++) {
        const share = Math.exp(-((y - top) ** 2 + (x - left) ** 2) / 4);
        if (share > 1e-12) for (const c of [0, 1]) result[c][i] += share * change(c, i);
      }
    }
  }
  for (const cell of touched) fade(cell, (c, i) => cell.wish[c] - result[c][i]);
  const up = new GuidedUpsampler(seen, { h, w, ab: result });
  const found = places.map(([y, x]) => {
    const row = up.rows(seen.data.subarray(y * seen.w, (y + 1) * seen.w), y, seen.h, seen.w);
    return row.map(c => c[x]);
  });
  touched.forEach((cell, k) => fade(cell, c => cell.wish[c] - found[k][c]));
  return { h, w, ab: result };
}

/** The network's answer, corrected by touches of a photograph of H×W pixels. `tell` gets each line for the user. */
export function touchedUp(answer, rows, seen, [H, W], touches, tell = () => {}) {
  const touched = cells(touches, H, W, answer);
  const places = touched.map(({ x, y }) => [Math.floor((y * seen.h) / H), Math.floor((x * seen.w) / W)]);
  const beyond = touched.filter(({ wish: [a, b] }, i) => {
    const [y, x] = places[i];
    const rgb = labToLinear(seen.data[y * seen.w + x], 0.9 * a, 0.9 * b);
    return Math.min(...rgb) < -0.02 / 12.92 || Math.max(...rgb) > 1.046; // 2 % beyond what a screen shows
  });
  if (beyond.length) {
    tell(
      `${beyond.length} of ${touched.length} touched places are too light or too dark for the wished color; ` +
        'they get less chroma',
    );
  }
  const L = boxed(seen, answer.h, answer.w).data;
  return settled(spread(answer, rows, L, touched), seen, touched, places);
}
