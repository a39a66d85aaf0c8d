// CIE Lab (D65): the numbers of nbs/photo/00_color.ipynb. A picture is RGBA bytes; L and ab are Lab units.
const TO_XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const WHITE = TO_XYZ.map(([r, g, b]) => r + g + b); // as sums, so that R = G = B has exactly no chroma
const TO_RGB = inverse(TO_XYZ).map(row => row.map((v, i) => v * WHITE[i]));
const FOOT = 6 / 29;
const CUBE = FOOT ** 3;
const SLOPE = 3 * FOOT ** 2;

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const A = e * i - f * h;
  const B = f * g - d * i;
  const C = d * h - e * g;
  const det = a * A + b * B + c * C;
  return [
    [A, c * h - b * i, b * f - c * e],
    [B, a * i - c * g, c * d - a * f],
    [C, b * g - a * h, a * e - b * d],
  ].map(row => row.map(v => v / det));
}

const f = t => (t > CUBE ? Math.cbrt(t) : t / SLOPE + 4 / 29);
const fInverse = t => (t > FOOT ? t * t * t : SLOPE * (t - 4 / 29));
export const srgbToLinear = c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
export const linearToSrgb = c => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

const LIGHT = Float64Array.from({ length: 256 }, (_, i) => srgbToLinear(i / 255));
const GRAY_L = LIGHT.map(y => 116 * f(y) - 16);

/** The lightness, 0 to 100, of RGBA bytes. */
export function lightness(rgba) {
  const L = new Float32Array(rgba.length / 4);
  const [wr, wg, wb] = TO_XYZ[1];
  for (let i = 0, p = 0; i < L.length; i++, p += 4) {
    const r = rgba[p];
    const g = rgba[p + 1];
    const b = rgba[p + 2];
    L[i] = r === g && g === b ? GRAY_L[r] : 116 * f(wr * LIGHT[r] + wg * LIGHT[g] + wb * LIGHT[b]) - 16;
  }
  return L;
}

/** The sRGB value, 0 to 1, of the gray whose lightness is L. */
export const gray = L => linearToSrgb(fInverse((L + 16) / 116));

/** a and b of linear light. */
export function abOfLinear(r, g, b) {
  const [x, y, z] = TO_XYZ.map((m, i) => f((m[0] * r + m[1] * g + m[2] * b) / WHITE[i]));
  return [500 * (x - y), 200 * (y - z)];
}

/** a and b of a color as #rrggbb. */
export const abOfHex = hex => abOfLinear(...[1, 3, 5].map(i => LIGHT[parseInt(hex.slice(i, i + 2), 16)]));

/** Linear light of a color; outside 0 to 1 where it is out of gamut. */
export function labToLinear(L, a, b) {
  const y = (L + 16) / 116;
  const X = fInverse(y + a / 500);
  const Y = fInverse(y);
  const Z = fInverse(y - b / 200);
  return TO_RGB.map(m => m[0] * X + m[1] * Y + m[2] * Z);
}

const [[RX, RY, RZ], [GX, GY, GZ], [BX, BY, BZ]] = TO_RGB;
const rgb = new Float64Array(3); // what `fit` found

// Sets `rgb` to the linear light of a color. Out of gamut, it loses chroma at constant L and hue, by bisection.
function fit(L, a, b) {
  const y = (L + 16) / 116;
  const Y = fInverse(y);
  const da = a / 500;
  const db = -b / 200;
  linear(1);
  if (inside(1e-4)) return;
  let share = 0.5;
  let step = 0.25;
  for (let i = 0; i < 10; i++) {
    // 2^-10 of the chroma is far below one step of 8 bits
    linear(share);
    share += inside(0) ? step : -step;
    step /= 2;
  }
  linear(share - 2 * step); // the end of the last interval that fits

  function linear(share) {
    const X = fInverse(y + share * da);
    const Z = fInverse(y + share * db);
    rgb[0] = RX * X + RY * Y + RZ * Z;
    rgb[1] = GX * X + GY * Y + GZ * Z;
    rgb[2] = BX * X + BY * Y + BZ * Z;
  }
}
const inside = room => Math.min(rgb[0], rgb[1], rgb[2]) >= -room && Math.max(rgb[0], rgb[1], rgb[2]) <= 1 + room;
const clip = v => (v < 0 ? 0 : v > 1 ? 1 : v);

/** The nearest color in gamut, as a and b. */
export function inGamut(L, a, b) {
  fit(L, a, b);
  return abOfLinear(...rgb.map(clip));
}

// Linear light to 8 bits, rounded: the code at the start of each of 4096 intervals, and where the next code begins.
const STARTS = Float64Array.from({ length: 257 }, (_, i) => (i < 256 ? srgbToLinear((i - 0.5) / 255) : Infinity));
const CODES = new Uint8Array(4097);
for (let i = 0, code = 0; i <= 4096; i++) {
  while (STARTS[code + 1] <= i / 4096) code++;
  CODES[i] = code;
}
function encode(v) {
  if (!(v > 0)) return 0;
  if (v >= 1) return 255;
  let code = CODES[(v * 4096) | 0];
  while (v >= STARTS[code + 1]) code++;
  return code;
}

/** Write the colors of L and ab into RGBA bytes; transparency stays. */
export function recombine(L, [a, b], rgba) {
  for (let i = 0, p = 0; i < L.length; i++, p += 4) {
    fit(L[i], a[i], b[i]);
    rgba[p] = encode(rgb[0]);
    rgba[p + 1] = encode(rgb[1]);
    rgba[p + 2] = encode(rgb[2]);
  }
}

/** Write the gray of L into RGBA bytes. */
export function recombineGray(L, rgba) {
  for (let i = 0, p = 0; i < L.length; i++, p += 4) {
    rgba[p] = rgba[p + 1] = rgba[p + 2] = encode(fInverse((L[i] + 16) / 116));
  }
}
