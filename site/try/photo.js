// A decoded photograph, whose pixels are read in strips: only the browser's own copy is as large as the picture.
import { Told } from './network.js';
import { sniff } from './exif.js';

const STRIP = 2 ** 19; // pixels, about

/** Decodes a file: { bitmap, kind, bytes, less }. `less`: what the browser does not read. Throws `Told`. */
export async function decode(file) {
  const name = file.name || 'The picture';
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Told(`${name} cannot be read; was it moved or changed?`);
  }
  const { kind, problem, less } = sniff(bytes);
  if (problem) throw new Told(`${name} ${problem}; choose a photograph.`);
  try {
    const bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none' });
    return {
      bitmap,
      kind,
      bytes,
      less: less ? `this browser reads ${less}; the command hypercol colorize keeps all` : null,
    };
  } catch {
    if (kind === null) throw new Told(`${name} is no picture.`);
    const readable = ['JPEG', 'PNG', 'WebP', 'BMP'].includes(kind);
    throw new Told(
      readable
        ? `${name} cannot be decoded: it is damaged, or too large for this browser.`
        : `This browser cannot read ${kind} files (${name}); save it as JPEG, or use the command hypercol colorize.`,
    );
  }
}

/** Strips of RGBA bytes of an ImageBitmap or ImageData. */
export class Pixels {
  constructor(source, mayBeTransparent) {
    Object.assign(this, { source, width: source.width, height: source.height, alpha: false, reader: null });
    this.step = Math.max(1, Math.min(this.height, 4096, Math.floor(STRIP / this.width)));
    if (!source.data && mayBeTransparent) this.alpha = this.hasTransparency();
    if (source.data) for (let i = 3; i < source.data.length && !this.alpha; i += 4) this.alpha = source.data[i] < 255;
    if (this.alpha && !source.data) this.reader = new StraightReader(this.width, this.step);
  }

  hasTransparency() {
    for (let top = 0; top < this.height; top += this.step) {
      const { data } = this.drawn(top, Math.min(this.step, this.height - top));
      for (let i = 3; i < data.length; i += 4) if (data[i] < 255) return true;
    }
    return false;
  }

  drawn(top, rows) {
    // exact where nothing is transparent
    this.canvas ??= new OffscreenCanvas(this.width, this.step);
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    context.globalCompositeOperation = 'copy';
    context.drawImage(this.source, 0, top, this.width, rows, 0, 0, this.width, rows);
    return context.getImageData(0, 0, this.width, rows);
  }

  async strip(top, rows) {
    if (this.source.data) return this.source.data.slice(4 * top * this.width, 4 * (top + rows) * this.width);
    return this.reader ? this.reader.read(this.source, top, rows) : this.drawn(top, rows).data;
  }

  /** All rows from top to bottom: { top, rows, rgba }. */
  async *strips() {
    for (let top = 0; top < this.height; top += this.step) {
      const rows = Math.min(this.step, this.height - top);
      yield { top, rows, rgba: await this.strip(top, rows) };
    }
  }

  /** A copy whose long side is at most `side`: ImageData. */
  reduced(side) {
    const scale = Math.min(1, side / Math.max(this.width, this.height));
    const [w, h] = [this.width, this.height].map(n => Math.max(1, Math.round(n * scale)));
    const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.source, 0, 0, w, h);
    return context.getImageData(0, 0, w, h);
  }

  close() {
    this.source.close?.();
  }
}

// A canvas multiplies colors by their transparency and loses some of them. A texture does not.
class StraightReader {
  constructor(width, rows) {
    const gl = (this.gl = new OffscreenCanvas(1, 1).getContext('webgl'));
    if (!gl || gl.getParameter(gl.MAX_TEXTURE_SIZE) < Math.max(width, rows)) {
      throw new Told('This browser cannot read the colors of this transparent picture; save it without transparency.');
    }
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  }
  async read(bitmap, top, rows) {
    const { gl } = this;
    const part = await createImageBitmap(bitmap, 0, top, bitmap.width, rows, { premultiplyAlpha: 'none' });
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, part);
    gl.framebufferTexture2D(
      gl.FRAMEBUFFER,
      gl.COLOR_ATTACHMENT0,
      gl.TEXTURE_2D,
      gl.getParameter(gl.TEXTURE_BINDING_2D),
      0,
    );
    const rgba = new Uint8ClampedArray(4 * bitmap.width * rows);
    gl.readPixels(0, 0, bitmap.width, rows, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(rgba.buffer));
    part.close();
    return rgba;
  }
}
