// Writes a baseline JPEG strip by strip: quality 98 and colors at full resolution, as the command does.
const QUALITY = 98;
const ZIGZAG = Uint8Array.of(
  0,
  1,
  8,
  16,
  9,
  2,
  3,
  10,
  17,
  24,
  32,
  25,
  18,
  11,
  4,
  5,
  12,
  19,
  26,
  33,
  40,
  48,
  41,
  34,
  27,
  20,
  13,
  6,
  7,
  14,
  21,
  28,
  35,
  42,
  49,
  56,
  57,
  50,
  43,
  36,
  29,
  22,
  15,
  23,
  30,
  37,
  44,
  51,
  58,
  59,
  52,
  45,
  38,
  31,
  39,
  46,
  53,
  60,
  61,
  54,
  47,
  55,
  62,
  63,
);
// The standard's tables (ITU T.81, annex K), row by row.
const BRIGHTNESS = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const COLOR = [17, 18, 24, 47, 18, 21, 26, 66, 24, 26, 56, 99, 47, 66, 99, 99];
const COLORS = Array.from({ length: 64 }, (_, i) => (i % 8 < 4 && i < 32 ? COLOR[4 * (i >> 3) + (i % 8)] : 99));
const DC = [
  [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
];
const AC = [
  [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119],
];
const AC_VALUES = [
  '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a34353637' +
    '38393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3' +
    'a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
  '000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a3536' +
    '3738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999a' +
    'a2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa',
].map(hex => hex.match(/../g).map(v => parseInt(v, 16)));

const scaled = table => table.map(v => Math.min(Math.max(Math.floor((v * (200 - 2 * QUALITY) + 50) / 100), 1), 255));
function codes(counts, values) {
  // -> [code, bits] of each value
  const found = [];
  let code = 0;
  let k = 0;
  counts.forEach((count, i) => {
    for (let j = 0; j < count; j++) found[values[k++]] = [code++, i + 1];
    code <<= 1;
  });
  return found;
}
const TABLES = [BRIGHTNESS, COLORS].map(scaled);
const DC_CODES = DC.map(counts =>
  codes(
    counts,
    Array.from({ length: 12 }, (_, i) => i),
  ),
);
const AC_CODES = AC.map((counts, i) => codes(counts, AC_VALUES[i]));
const COSINES = Array.from({ length: 8 }, (_, u) =>
  Float64Array.from(
    { length: 8 },
    (_, x) => ((u ? 1 : Math.SQRT1_2) / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16),
  ),
);

const latin = text => Uint8Array.from(text, c => c.charCodeAt(0));

/** A segment of a JPEG; its content is at most 65,533 bytes. */
export function segment(marker, ...parts) {
  const length = 2 + parts.reduce((sum, p) => sum + p.length, 0);
  return [Uint8Array.of(0xff, marker, length >> 8, length & 255), ...parts.map(p => Uint8Array.from(p))];
}

/** `add(rgba)` whole rows from top to bottom, then `finish()` gives the Blob. */
export class JpegWriter {
  constructor(width, height, { exif, xmp, photoshop, comments = [], dpi } = {}) {
    Object.assign(this, { width, height, waiting: [], count: 0, last: [0, 0, 0], bits: 0, held: 0, size: 0 });
    const dots = dpi ? [1, ...dpi.map(Math.round).flatMap(v => [v >> 8, v & 255])] : [0, 0, 1, 0, 1];
    const all = [Uint8Array.of(0xff, 0xd8), ...segment(0xe0, latin('JFIF\0\x01\x01'), dots, [0, 0])];
    if (exif) all.push(...segment(0xe1, latin('Exif\0\0'), exif));
    if (photoshop) all.push(...segment(0xed, latin('Photoshop 3.0\0'), photoshop));
    if (xmp) all.push(...segment(0xe1, latin('http://ns.adobe.com/xap/1.0/\0'), xmp));
    for (const text of comments) all.push(...segment(0xfe, text));
    TABLES.forEach((table, i) =>
      all.push(
        ...segment(
          0xdb,
          [i],
          Uint8Array.from(ZIGZAG, z => table[z]),
        ),
      ),
    );
    all.push(
      ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]),
    );
    for (const i of [0, 1]) {
      all.push(
        ...segment(
          0xc4,
          [i],
          DC[i],
          Array.from({ length: 12 }, (_, k) => k),
        ),
        ...segment(0xc4, [0x10 + i], AC[i], AC_VALUES[i]),
      );
    }
    this.parts = [...all, ...segment(0xda, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0])];
    this.out = new Uint8Array(1 << 20);
    this.planes = [0, 1, 2].map(() => new Float64Array(8 * Math.ceil(width / 8) * 8));
    this.block = new Float64Array(64);
    this.middle = new Float64Array(64);
  }

  add(rgba) {
    for (let at = 0; at < rgba.length; at += 4 * this.width) {
      this.row(rgba, at, this.count % 8);
      if (++this.count % 8 === 0) this.blocks();
    }
  }

  row(rgba, at, y) {
    // into the planes of Y, Cb, Cr, less 128; the last pixel is repeated
    const {
      width,
      planes: [Y, Cb, Cr],
    } = this;
    const wide = Y.length / 8;
    for (let x = 0, to = y * wide; x < wide; x++, to++) {
      const p = at + 4 * Math.min(x, width - 1);
      const r = rgba[p];
      const g = rgba[p + 1];
      const b = rgba[p + 2];
      Y[to] = Math.round(0.299 * r + 0.587 * g + 0.114 * b) - 128;
      Cb[to] = Math.round(-0.168735892 * r - 0.331264108 * g + 0.5 * b);
      Cr[to] = Math.round(0.5 * r - 0.418687589 * g - 0.081312411 * b);
    }
  }

  blocks() {
    const wide = this.planes[0].length / 8;
    for (let x = 0; x < wide; x += 8) {
      this.planes.forEach((plane, c) => {
        for (let y = 0; y < 8; y++) for (let i = 0; i < 8; i++) this.block[8 * y + i] = plane[y * wide + x + i];
        this.write(c);
      });
    }
  }

  write(c) {
    // the block of one component
    const { block, middle } = this;
    const table = TABLES[c && 1];
    const dc = DC_CODES[c && 1];
    const ac = AC_CODES[c && 1];
    cosines(block, middle, 8, 1);
    cosines(middle, block, 1, 8);
    const quantized = k => Math.round(block[ZIGZAG[k]] / table[ZIGZAG[k]]);
    const value = quantized(0);
    this.number(value - this.last[c], dc, 0);
    this.last[c] = value;
    let zeros = 0;
    for (let k = 1; k < 64; k++) {
      const v = quantized(k);
      if (v === 0) {
        zeros++;
        continue;
      }
      for (; zeros > 15; zeros -= 16) this.put(...ac[0xf0]);
      this.number(v, ac, zeros);
      zeros = 0;
    }
    if (zeros) this.put(...ac[0]);
  }

  number(v, table, zeros) {
    // its length, after a run of zeros, then its bits
    const length = 32 - Math.clz32(Math.abs(v));
    this.put(...table[16 * zeros + length]);
    if (length) this.put(v < 0 ? v + (1 << length) - 1 : v, length);
  }

  put(code, length) {
    this.bits = (this.bits << length) | code; // at most 7 + 16 bits are waiting
    this.held += length;
    while (this.held >= 8) {
      this.held -= 8;
      const byte = (this.bits >> this.held) & 255;
      this.out[this.size++] = byte;
      if (byte === 255) this.out[this.size++] = 0;
      if (this.size > this.out.length - 8) this.flush();
    }
    this.bits &= (1 << this.held) - 1;
  }

  flush() {
    this.parts.push(this.out.slice(0, this.size));
    this.size = 0;
  }

  finish() {
    const wide = this.planes[0].length / 8;
    for (let y = this.count % 8; y && y < 8; y++) {
      for (const plane of this.planes) plane.copyWithin(y * wide, (y - 1) * wide, y * wide);
    }
    if (this.count % 8) this.blocks();
    this.put(127, 7);
    this.flush();
    return new Blob([...this.parts, Uint8Array.of(0xff, 0xd9)], { type: 'image/jpeg' });
  }
}

function cosines(from, to, line, step) {
  // the transform of each line of eight
  for (let n = 0; n < 8; n++) {
    for (let u = 0; u < 8; u++) {
      const table = COSINES[u];
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += table[x] * from[n * line + x * step];
      to[n * line + u * step] = sum;
    }
  }
}
