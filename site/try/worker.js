// All the work: decoding, the network, touches, and colors at full size. Messages: { id, name, given } -> any number
// of { id, progress }, then { id, result } or { id, error }. One photograph stays decoded; the network's answers of
// all are kept.
import { lightness, recombine, recombineGray } from './color.js';
import { carried, markOf, readBlocks, turnOf } from './exif.js';
import { JpegWriter } from './jpeg.js';
import { loadNetwork, Told } from './network.js';
import { decode, Pixels } from './photo.js';
import { PngWriter } from './png.js';
import { halvings, networkSize, Shrinker, SIZE } from './small.js';
import { directions, gathered, touchedUp } from './touches.js';
import { GuidedUpsampler } from './upsample.js';

const KEEP = 2 ** 24; // pixels; the command decodes a larger JPEG at a smaller size for the network
const answers = new Map(); // key of a photograph -> { seen, answer }
let network = null;
let open = null;
let rows = null; // of the open photograph: `rows` for touches

function loaded(progress) {
  network ??= loadNetwork((bytes, of) => progress({ step: 'load', done: bytes, of })).catch(error => {
    network = null;
    throw error;
  });
  return network;
}

async function opened({ key, file, imageData }, progress) {
  if (open?.key === key) return open;
  open?.pixels.close();
  open = rows = null;
  progress({ step: 'decode' });
  const decoded = imageData ? { bitmap: imageData } : await decode(file);
  const pixels = new Pixels(decoded.bitmap, !['JPEG', 'BMP'].includes(decoded.kind));
  const blocks = imageData ? null : readBlocks(decoded.bytes, decoded.kind);
  return (open = { ...decoded, key, pixels, blocks, turn: blocks?.exif ? turnOf(blocks.exif) : 1 });
}

async function answerFor(photo, withRows, progress) {
  const { key, pixels, kind, turn } = photo;
  const { width, height } = pixels;
  const known = answers.get(key);
  if (known && (!withRows || rows)) return known;
  const net = await loaded(progress);
  let seen = known?.seen;
  if (!seen) {
    const [h, w] = networkSize(height, width);
    const large = kind === 'JPEG' && turn <= 2 && width * height > KEEP;
    const small = new Shrinker(height, width, h, w, large ? halvings([height, width], [h, w]) : 1);
    for await (const { top, rgba } of pixels.strips()) {
      progress({ step: 'decode', done: top, of: height });
      small.add(rgba);
    }
    seen = { h, w, data: lightness(small.rgba()) };
  }
  progress({ step: 'network' });
  const { columns, ...answer } = await net.predict(seen, withRows);
  if (withRows) {
    progress({ step: 'touches' });
    const places = directions(columns, net.manifest.model.channels, answer.h * answer.w);
    rows = await gathered(places, answer.h, answer.w, net.shift);
  }
  answers.set(key, { seen, answer });
  return answers.get(key);
}

async function upsampler(photo, { saturation, touches }, progress, tell) {
  const { seen, answer } = await answerFor(photo, touches.length > 0, progress);
  // not of touches, because they say what color a thing had
  let colors = { ...answer, ab: answer.ab.map(c => c.map(v => v * saturation)) };
  if (touches.length) colors = touchedUp(colors, rows, seen, [photo.pixels.height, photo.pixels.width], touches, tell);
  return new GuidedUpsampler(seen, colors);
}

async function* colored(photo, up, progress) {
  const { width, height } = photo.pixels;
  for await (const { top, rows: n, rgba } of photo.pixels.strips()) {
    progress({ step: 'color', done: top, of: height });
    const L = lightness(rgba);
    recombine(L, up.rows(L, top, height, width), rgba);
    yield { top, rows: n, rgba };
  }
}

const work = {
  async start(given, progress) {
    const { where, stored } = await loaded(progress);
    return { where, stored };
  },

  async look({ settings, side, ...given }, progress) {
    // a reduced copy in gray and in color
    const notes = [];
    const photo = await opened(given, progress);
    const { pixels } = photo;
    const up = await upsampler(photo, settings, progress, line => notes.push(line));
    const color = pixels.reduced(side);
    const gray = new ImageData(color.data.slice(), color.width, color.height);
    const L = lightness(color.data);
    recombine(L, up.rows(L, 0, color.height, color.width), color.data);
    recombineGray(L, gray.data);
    return { gray, color, width: pixels.width, height: pixels.height, alpha: pixels.alpha, notes };
  },

  async save({ settings, format, ...given }, progress) {
    // a whole file
    const notes = [];
    const photo = await opened(given, progress);
    const { pixels, blocks, turn, bytes } = photo;
    const { width, height, alpha } = pixels;
    const up = await upsampler(photo, settings, progress, line => notes.push(line));
    const { manifest } = await loaded(progress);
    if (format === 'JPEG' && alpha) throw new Told('A JPEG cannot hold transparency; save a PNG.');
    if (format === 'JPEG' && Math.max(width, height) > 65535) {
      throw new Told('A JPEG holds at most 65,535 pixels a side; save a PNG.');
    }
    const stored = turn > 4 ? [width, height] : [height, width];
    const { leftOut, ...info } = carried(blocks, format, await markOf(bytes, settings, manifest, SIZE), turn, stored);
    const writer = format === 'JPEG' ? new JpegWriter(width, height, info) : new PngWriter(width, height, alpha, info);
    for await (const { rgba } of colored(photo, up, progress)) await writer.add(rgba);
    const lines = [...new Set(leftOut)].map(what => `left out: ${what}`);
    return { blob: await writer.finish(), notes: [...notes, ...(photo.less ? [photo.less] : []), ...lines] };
  },

  async pixels({ settings, imageData }, progress) {
    // ImageData in color
    const photo = await opened({ key: Symbol('pixels'), imageData }, progress);
    const up = await upsampler(photo, settings, progress, () => {});
    const result = new ImageData(imageData.width, imageData.height);
    for await (const { top, rgba } of colored(photo, up, progress)) result.data.set(rgba, 4 * top * imageData.width);
    answers.delete(photo.key);
    open = null;
    return result;
  },
};

function sentence(error) {
  if (error instanceof Told) return error.message;
  if (/alloc|memory/i.test(error.message)) {
    return 'There is not enough memory for this photograph; close other tabs, or choose a smaller one.';
  }
  return error instanceof RangeError ? error.message : `This photograph cannot be colorized (${error.message}).`;
}

let before = Promise.resolve(); // one at a time
self.onmessage = ({ data: { id, name, given } }) => {
  before = before.then(async () => {
    try {
      self.postMessage({ id, result: await work[name](given, progress => self.postMessage({ id, progress })) });
    } catch (error) {
      self.postMessage({ id, error: sentence(error) });
    }
  });
};
