// EXIF, XMP and IPTC of a photograph, corrected for an upright result, and the mark of synthetic color: what
// nbs/photo/01_xmp.ipynb and 02_metadata.ipynb do for the command, for the formats that a browser reads.
const latin = bytes => Array.from(bytes, v => String.fromCharCode(v)).join('');
const begins = (bytes, text, at = 0) => latin(bytes.subarray(at, at + text.length)) === text;
const wide = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const EXIF = 'Exif\0\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const MORE_XMP = 'http://ns.adobe.com/xmp/extension/\0';
const PHOTOSHOP = 'Photoshop 3.0\0';
const CREDENTIALS = 'content credentials (C2PA, JUMBF), which are valid for the unchanged file alone';

/** What a file is, by its content: { kind, problem } and, where a browser cannot read all of it, `less`. */
export function sniff(bytes) {
  const head = latin(bytes.subarray(0, 32));
  const brand = head.slice(8, 12);
  const ftyp = head.slice(4, 8) === 'ftyp';
  if (!bytes.length) return { problem: 'is empty' };
  if (head.startsWith('\xff\xd8')) return { kind: 'JPEG' };
  if (head.startsWith('\x89PNG\r\n\x1a\n')) {
    const names = [...chunks(bytes)].map(c => c.name);
    return {
      kind: 'PNG',
      problem: names.includes('acTL') && 'is animated',
      less: bytes[24] === 16 && '8 of its 16 bits',
    };
  }
  if (head.startsWith('RIFF') && brand === 'WEBP') {
    return { kind: 'WebP', problem: head.slice(12, 16) === 'VP8X' && bytes[20] & 2 && 'is animated' };
  }
  if (head.startsWith('GIF8')) return { kind: 'GIF', problem: 'is a GIF, which has too few shades' };
  if (head.startsWith('BM')) return { kind: 'BMP' };
  if (ftyp && brand === 'avis') return { kind: 'AVIF', problem: 'is animated' };
  if (ftyp && brand === 'avif') return { kind: 'AVIF' };
  if (ftyp && /hei|hev|mif|msf/.test(brand)) return { kind: 'HEIC' };
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(head)) return { kind: 'TIFF or raw' };
  if (head.startsWith('\xff\x0a') || head.slice(4, 8) === 'JXL ') return { kind: 'JPEG XL' };
  if (head.startsWith('\0\0\0\x0cjP  ')) return { kind: 'JPEG 2000' };
  return { kind: null };
}

function* segments(bytes) {
  // of a JPEG, up to its pixels
  const view = wide(bytes);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return;
    const length = view.getUint16(at + 2);
    yield { marker, data: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}
function* chunks(bytes) {
  // of a PNG
  const view = wide(bytes);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    yield { name: latin(bytes.subarray(at + 4, at + 8)), data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}
function* riff(bytes) {
  // of a WebP
  const view = wide(bytes);
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    yield { name: latin(bytes.subarray(at, at + 4)), data: bytes.subarray(at + 8, at + 8 + length) };
    at += 8 + length + (length % 2);
  }
}

/** The blocks in a file: { exif, xmp, photoshop, comments, chunks, dpi, leftOut }. */
export function readBlocks(bytes, kind) {
  const found = { exif: null, xmp: null, photoshop: [], comments: [], chunks: [], dpi: null, leftOut: [] };
  const keep = (name, data) => {
    found[name] ? found.leftOut.push(`a second block of ${name.toUpperCase()}`) : (found[name] = data);
  };
  if (kind === 'JPEG') {
    for (const { marker, data } of segments(bytes)) {
      if (marker === 0xe1 && begins(data, EXIF)) keep('exif', data.subarray(EXIF.length));
      else if (marker === 0xe1 && begins(data, XMP)) keep('xmp', data.subarray(XMP.length));
      else if (marker === 0xe1 && begins(data, MORE_XMP)) found.leftOut.push('a further part of the XMP');
      else if (marker === 0xed && begins(data, PHOTOSHOP)) found.photoshop.push(...data.subarray(PHOTOSHOP.length));
      else if (marker === 0xfe) found.comments.push(data);
      else if (marker === 0xe0 && begins(data, 'JFIF\0')) {
        const unit = { 1: 1, 2: 2.54 }[data[7]];
        const dots = [8, 10].map(at => wide(data).getUint16(at));
        if (unit && dots.every(v => v > 0)) found.dpi = dots.map(v => v * unit);
      } else if (marker === 0xeb && begins(data, 'JP')) found.leftOut.push(CREDENTIALS);
      else if (
        marker >= 0xe0 &&
        marker <= 0xef &&
        !/^(JFXX|ICC_PROFILE|MPF|Ducky|Adobe)/.test(latin(data.subarray(0, 12)))
      ) {
        const [name] = latin(data.subarray(0, 40)).match(/^[ -~]*/);
        found.leftOut.push(`a segment of the JPEG, APP${marker - 0xe0}${name && ` (${name.trim()})`}`);
      }
    }
  }
  if (kind === 'PNG') {
    for (const { name, data } of chunks(bytes)) {
      if (name === 'eXIf') keep('exif', data);
      else if (name === 'iTXt' && begins(data, 'XML:com.adobe.xmp\0\0')) {
        keep('xmp', data.subarray(22));
      } // not compressed
      else if (/^(tEXt|zTXt|iTXt|tIME)$/.test(name)) found.chunks.push({ name, data });
      else if (name === 'pHYs' && data[8] === 1) found.dpi = [0, 4].map(at => wide(data).getUint32(at) * 0.0254);
      else if (name === 'caBX') found.leftOut.push(CREDENTIALS);
    }
  }
  if (kind === 'WebP') {
    for (const { name, data } of riff(bytes)) {
      if (name === 'EXIF') keep('exif', begins(data, EXIF) ? data.subarray(6) : data);
      else if (name === 'XMP ') keep('xmp', data);
      else if (name === 'C2PA') found.leftOut.push(CREDENTIALS);
    }
  }
  if (kind === 'AVIF' || kind === 'HEIC') {
    found.leftOut.push(`EXIF and XMP of ${kind} files, which this page does not read`);
  }
  return found;
}

// Numbers of EXIF's tags
const ORIENTATION = 274;
const PREVIEW = [513, 514];
const DETAILS = 34665;
const SPACE = 40961;
const RELATED = 40965;
const SIZES = [
  [256, 257],
  [40962, 40963],
  [4097, 4098],
];
const PAIRS = [...SIZES, [282, 283], [41486, 41487]];
const SUBJECTS = [37396, 41492];

function entries(view, little, at) {
  // a directory -> { tags: { tag: where its value is }, after }
  const count = view.getUint16(at, little);
  const tags = {};
  for (let i = 0; i < count; i++) tags[view.getUint16(at + 2 + 12 * i, little)] = at + 10 + 12 * i;
  return { tags, after: at + 2 + 12 * count };
}

/** EXIF's orientation, 1 to 8; 1 if there is none. */
export function turnOf(exif) {
  try {
    const view = wide(exif);
    const little = begins(exif, 'II');
    const at = entries(view, little, view.getUint32(4, little)).tags[ORIENTATION];
    const turn = at ? view.getUint16(at, little) : 1;
    return turn >= 1 && turn <= 8 ? turn : 1;
  } catch {
    return 1;
  }
}

function turnedPlace([x, y, ...size], turn, right, bottom) {
  if ([2, 3, 7, 8].includes(turn)) x = right - x;
  if ([3, 4, 6, 7].includes(turn)) y = bottom - y;
  return turn > 4 ? [y, x, ...size.reverse()] : [x, y, ...size];
}

function turnDirectory(bytes, view, little, tags, turn, [height, width]) {
  // sizes and places of the picture, in place
  for (const [x, y] of turn > 4 ? PAIRS : []) {
    const [p, q] = [tags[x], tags[y]];
    if (p && q) {
      const first = bytes.slice(p - 6, p + 4);
      bytes.copyWithin(p - 6, q - 6, q + 4);
      bytes.set(first, q - 6);
    } else if ((p || q) && SIZES.some(pair => pair[0] === x)) {
      view.setUint16((p || q) - 6, 4, little);
      view.setUint32((p || q) - 4, 1, little);
      view.setUint32(p || q, p ? height : width, little);
    }
  }
  for (const at of SUBJECTS.map(tag => tags[tag]).filter(Boolean)) {
    const kind = view.getUint16(at - 6, little);
    const count = view.getUint32(at - 4, little);
    const bits = kind === 3 ? 2 : 4;
    if (![3, 4].includes(kind) || count < 2 || count > 4) continue;
    const start = count * bits <= 4 ? at : view.getUint32(at, little);
    const place = Array.from({ length: count }, (_, i) =>
      view[bits === 2 ? 'getUint16' : 'getUint32'](start + bits * i, little),
    );
    turnedPlace(place, turn, width - 1, height - 1).forEach((v, i) => {
      view[bits === 2 ? 'setUint16' : 'setUint32'](start + bits * i, Math.max(0, v), little);
    });
  }
}

/** EXIF for an upright picture in sRGB, without preview; null if damaged. `stored`: [height, width] in the file. */
export function cleanExif(exif, turn = 1, stored = [0, 0]) {
  try {
    let bytes = Uint8Array.from(exif);
    const view = wide(bytes);
    const little = begins(bytes, 'II*\0');
    if (!little && !begins(bytes, 'MM\0*')) return null;
    const number = at => view.getUint32(at, little);
    const inside = (tags, tag) => (tags[tag] ? entries(view, little, number(tags[tag])).tags : {});
    const short = (at, value) => {
      view.setUint16(at - 6, 3, little);
      view.setUint32(at - 4, 1, little);
      view.setUint16(at, value, little);
      view.setUint16(at + 2, 0, little);
    };
    const { tags, after } = entries(view, little, number(4));
    const details = inside(tags, DETAILS);
    if (tags[ORIENTATION]) short(tags[ORIENTATION], 1);
    if (details[SPACE]) short(details[SPACE], 1);
    if (turn > 1) {
      for (const directory of [tags, details, inside(details, RELATED)]) {
        turnDirectory(bytes, view, little, directory, turn, stored);
      }
    }
    const second = number(after);
    view.setUint32(after, 0, little); // remove the pointer to the preview's directory
    const places = second ? entries(view, little, second).tags : {};
    if (PREVIEW.every(tag => places[tag])) {
      const [start, length] = PREVIEW.map(tag => number(places[tag]));
      if (start > 8 && start + length >= bytes.length - 1) bytes = bytes.slice(0, start);
      else if (start > 8) bytes.fill(0, start, start + length);
    }
    return bytes;
  } catch {
    return null;
  } // offsets beyond the block
}

// Photoshop's resources, IPTC among them: without what the result has anew (resolution, previews, profile, EXIF and
// XMP inside), and in a turned picture without paths, guides and slices.
function resources(bytes, turned, leftOut) {
  const all = Uint8Array.from(bytes);
  const kept = [];
  for (let at = 0; at + 12 <= all.length && /8BIM|MeSa|AgHg|PHUT|DCSR/.test(latin(all.subarray(at, at + 4)));) {
    const number = wide(all).getUint16(at + 4);
    const start = at + 8 + (all[at + 6] & ~1) + 4;
    const size = wide(all).getUint32(start - 4);
    const end = start + size + (size % 2);
    const placed = [1025, 1032, 1050].includes(number) || (number >= 2000 && number < 2999);
    if (placed && turned) leftOut.push("Photoshop's paths, guides or slices, because the picture was turned");
    else if (![1005, 1030, 1033, 1036, 1039, 1041, 1058, 1060].includes(number)) kept.push(...all.subarray(at, end));
    at = end;
  }
  return Uint8Array.from(kept);
}

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const ADOBE = 'http://ns.adobe.com/xap/1.0/';
const IPTC = 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/';
const SYNTHETIC = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';
const EMPTY = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"></rdf:RDF></x:xmpmeta>`;
const escaped = text => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

function prefixes(xmp, namespace) {
  // by which a packet calls a namespace
  return [...xmp.matchAll(/xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']/g)].filter(m => m[2] === namespace).map(m => m[1]);
}
function withoutProperty(xmp, namespace, name) {
  for (const prefix of prefixes(xmp, namespace)) {
    const full = `${prefix}:${name}`;
    xmp = xmp
      .replace(new RegExp(`\\s${full}\\s*=\\s*("[^"]*"|'[^']*')`, 'g'), '')
      .replace(new RegExp(`<${full}(\\s[^>]*)?(/>|>[^]*?</${full}\\s*>)`, 'g'), '');
  }
  return xmp;
}

/** XMP with the mark; a new packet where there is none. */
export function markedXmp(xmp, mark) {
  const end = /<\/[\w.-]+:RDF\s*>(?![^]*<\/[\w.-]+:RDF\s*>)/;
  if (!end.test(xmp)) xmp = EMPTY;
  const about = xmp.match(/\srdf:about\s*=\s*["']([^"']+)["']/)?.[1] ?? '';
  for (const [namespace, name] of [
    [ADOBE, 'CreatorTool'],
    [ADOBE, 'Thumbnails'],
    [IPTC, 'DigitalSourceType'],
  ]) {
    xmp = withoutProperty(xmp, namespace, name);
  }
  const ours =
    `<rdf:Description xmlns:rdf="${RDF}" xmlns:xmp="${ADOBE}" xmlns:Iptc4xmpExt="${IPTC}" rdf:about="${about}" ` +
    `xmp:CreatorTool="${escaped(mark)}" Iptc4xmpExt:DigitalSourceType="${SYNTHETIC}"/>`;
  return xmp.replace(end, found => ours + found);
}

function uprightXmp(xmp, turn) {
  xmp = xmp.replace(/(tiff:Orientation(?:\s*=\s*["']|>))[1-8]/, '$11');
  for (const [x, y] of turn > 4
    ? [
        ['tiff:ImageWidth', 'tiff:ImageLength'],
        ['exif:PixelXDimension', 'exif:PixelYDimension'],
      ]
    : []) {
    const value = name => new RegExp(`(${name}(?:\\s*=\\s*["']|>))(\\d+)`);
    const [p, q] = [x, y].map(name => xmp.match(value(name)));
    if (p && q) xmp = xmp.replace(value(x), `$1${q[2]}`).replace(value(y), `$1${p[2]}`);
  }
  return xmp;
}

/** What a result carries: { exif, xmp, photoshop, comments, chunks, dpi } for a 'PNG' or 'JPEG', and `leftOut`. */
export function carried(blocks, format, mark, turn = 1, stored = [0, 0]) {
  const leftOut = [...blocks.leftOut];
  const info = { dpi: blocks.dpi && (turn > 4 ? [...blocks.dpi].reverse() : blocks.dpi) };
  let xmp = '';
  try {
    xmp = blocks.xmp ? new TextDecoder('utf-8', { fatal: true }).decode(blocks.xmp) : '';
  } catch {
    leftOut.push('XMP, which is damaged');
  }
  if (turn > 1 && /stArea:|:rbX|SubjectArea|SubjectLocation|MPReg:Rectangle/.test(xmp)) {
    leftOut.push('XMP, because it names places and the picture was turned');
    xmp = '';
  }
  info.xmp = new TextEncoder().encode(markedXmp(uprightXmp(xmp, turn), mark));
  if (blocks.exif) {
    info.exif = cleanExif(blocks.exif, turn, stored);
    if (!info.exif) leftOut.push('EXIF, which is damaged');
  }
  const photoshop = resources(blocks.photoshop, turn > 1, leftOut);
  if (format === 'PNG') {
    if (photoshop.length) leftOut.push('IPTC, for which this page has no place in a PNG');
    if (blocks.comments.length) leftOut.push('a comment');
    info.chunks = blocks.chunks;
  } else {
    info.comments = blocks.comments;
    if (photoshop.length) info.photoshop = photoshop;
    for (const { name, data } of blocks.chunks) {
      leftOut.push(name === 'tIME' ? 'the time of the last change' : `the text ${latin(data).split('\0')[0]}`);
    }
    for (const [key, title] of [
      ['exif', 'EXIF'],
      ['photoshop', 'IPTC'],
    ]) {
      if (info[key]?.length > 65500) {
        leftOut.push(`${title} (${info[key].length} bytes), because a JPEG holds 64 KB of it`);
        delete info[key];
      }
    }
    if (info.xmp.length > 65500) {
      leftOut.push(`XMP (${info.xmp.length} bytes), because this page writes at most 64 KB of it into a JPEG`);
      info.xmp = new TextEncoder().encode(markedXmp('', mark));
    }
  }
  return { ...info, leftOut };
}

/** The line that says how a result was made, as `hypercol` writes it; `manifest` is the build's. */
export async function markOf(source, { saturation, touches }, { version, model }, size) {
  const short = async bytes =>
    Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).subarray(0, 6), v =>
      v.toString(16).padStart(2, '0'),
    ).join('');
  const float = v => (Number.isInteger(v) ? `${v}.0` : `${v}`);
  const told = touches.map(({ x, y, color, reach = 1 }) => `[${x}, ${y}, "${color}", ${float(reach)}]`).join(', ');
  const digest = touches.length
    ? `, touches ${touches.length} ${await short(new TextEncoder().encode(`[${told}]`))}`
    : '';
  const temperature = model.temperature === null ? '' : `, temperature ${float(model.temperature)}`;
  const how = `size ${size}, saturation ${float(saturation)}${temperature}${digest}`;
  return `hypercol ${version} (model ${model.name} ${model.sha256}, ${how}, source ${await short(source)})`;
}
