// Writes a PNG of 8 bits strip by strip, so that a large photograph never lies in memory as a whole.
const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const latin = text => Uint8Array.from(text, c => c.charCodeAt(0));

function chunk(name, ...parts) {
  // -> its pieces
  const length = parts.reduce((sum, p) => sum + p.length, 0);
  const head = new Uint8Array(8);
  const tail = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, length);
  head.set(latin(name), 4);
  let crc = 0xffffffff;
  for (const part of [head.subarray(4), ...parts]) {
    for (let i = 0; i < part.length; i++) crc = CRC[(crc ^ part[i]) & 255] ^ (crc >>> 8);
  }
  new DataView(tail.buffer).setUint32(0, ~crc >>> 0);
  return [head, ...parts, tail];
}
function numbers(...values) {
  // big-endian, four bytes each
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((v, i) => view.setUint32(4 * i, v));
  return bytes;
}

/** `add(rgba)` whole rows from top to bottom, then `finish()` gives the Blob. */
export class PngWriter {
  constructor(width, height, alpha, { exif, xmp, chunks = [], dpi } = {}) {
    Object.assign(this, { width, channels: alpha ? 4 : 3 });
    const header = Uint8Array.of(...numbers(width, height), 8, alpha ? 6 : 2, 0, 0, 0);
    this.parts = [
      Uint8Array.of(0x89, ...latin('PNG\r\n\x1a\n')),
      ...chunk('IHDR', header),
      ...chunk('sRGB', Uint8Array.of(1)),
    ];
    if (dpi) this.parts.push(...chunk('pHYs', numbers(...dpi.map(v => Math.round(v / 0.0254))), Uint8Array.of(1)));
    if (exif) this.parts.push(...chunk('eXIf', exif));
    if (xmp) this.parts.push(...chunk('iTXt', latin('XML:com.adobe.xmp\0\0\0\0\0'), xmp));
    for (const { name, data } of chunks) this.parts.push(...chunk(name, data));
    this.before = new Uint8Array(width * this.channels); // the row above
    const { readable, writable } = new CompressionStream('deflate');
    this.input = writable.getWriter();
    this.output = this.collect(readable.getReader());
  }

  async collect(reader) {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.parts.push(...chunk('IDAT', value));
    }
  }

  async add(rgba) {
    const { width, channels: n } = this;
    const rows = rgba.length / 4 / width;
    const out = new Uint8Array(rows * (1 + n * width));
    let row = new Uint8Array(n * width);
    let before = this.before;
    let to = 0;
    for (let y = 0, from = 0; y < rows; y++) {
      for (let x = 0, i = 0; x < width; x++, from += 4) for (let c = 0; c < n; c++) row[i++] = rgba[from + c];
      out[to++] = 4; // Paeth's filter, the best single one for photographs
      for (let i = 0; i < row.length; i++) {
        const a = i < n ? 0 : row[i - n];
        const b = before[i];
        const c = i < n ? 0 : before[i - n];
        const p = Math.abs(b - c);
        const q = Math.abs(a - c);
        const r = Math.abs(a + b - 2 * c);
        out[to++] = row[i] - (p <= q && p <= r ? a : q <= r ? b : c);
      }
      [row, before] = [before, row];
    }
    this.before = before;
    await this.input.write(out);
  }

  async finish() {
    await this.input.close();
    await this.output;
    return new Blob([...this.parts, ...chunk('IEND')], { type: 'image/png' });
  }
}
