// The shipped network in onnxruntime-web: files of this origin, checked by their sha256, kept for use offline.
import { padded } from './small.js';
import { shifter } from './touches.js';

/** An error whose message is one sentence for the user. */
export class Told extends Error {}

const here = new URL('.', import.meta.url);

/** What the build says of its files: `files` { name: { bytes, sha256 } }, `model`, `runtime`, `version`, `known`. */
export async function readManifest() {
  const url = new URL('manifest.json', here);
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) {
    throw new Told('The files of this page cannot be loaded; connect to the network and load the page again.');
  }
  return answer.json();
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), v => v.toString(16).padStart(2, '0')).join('');
}

async function unpacked(bytes) {
  // some hosts unpack .gz themselves
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function fetched(name, progress) {
  // -> the bytes as they came; progress(bytes)
  const answer = await fetch(new URL(name, here), { cache: 'no-store' }).catch(() => null);
  if (!answer?.ok) throw new Told('The network of hypercol cannot be loaded; connect to the network and try again.');
  const parts = [];
  const reader = answer.body.getReader();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Told('The connection broke; try again.');
    });
    if (done) break;
    parts.push(value);
    progress((length += value.length));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// Loads some of the manifest's files: from the cache, or from this origin. Calls progress(bytes so far, bytes of all).
async function load(names, manifest, progress) {
  // null: this browser refuses storage
  const cache = await Promise.resolve()
    .then(() => caches.open('hypercol-files'))
    .catch(() => null);
  const all = names.reduce((sum, name) => sum + manifest.files[name].bytes, 0);
  const come = {};
  const step = (name, bytes) => {
    come[name] = Math.min(bytes, manifest.files[name].bytes);
    progress(
      Object.values(come).reduce((a, b) => a + b),
      all,
    );
  };
  let stored = !!cache;
  async function one(name) {
    const { bytes: length, sha256: expected } = manifest.files[name];
    const url = new URL(name, here).href;
    const kept = await cache?.match(url).catch(() => null);
    if (kept) {
      const content = await kept
        .arrayBuffer()
        .then(b => unpacked(new Uint8Array(b)))
        .catch(() => null);
      if (content && (await sha256(content)) === expected) {
        step(name, length);
        return content;
      }
      await cache.delete(url);
    }
    const bytes = await fetched(name, n => step(name, n));
    const content = await unpacked(bytes).catch(() => new Uint8Array());
    if ((await sha256(content)) !== expected) {
      throw new Told(`${name} is damaged (its sha256 is another); load the page again.`);
    }
    const copy = new Response(bytes, { headers: { 'Content-Type': 'application/octet-stream' } });
    await cache?.put(url, copy).catch(() => {
      stored = false;
    });
    return content;
  }
  const contents = await Promise.all(names.map(one));
  return { contents, stored };
}

const onPhone =
  /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

async function hasGpu() {
  // iPhones run out of memory there
  if (onPhone || !navigator.gpu) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return !!adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
}

/** The network: `predict` gives its answer. Made by `loadNetwork`. */
class Network {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The chroma of a plane of lightness, { h, w, ab }, at half its size; with `columns`, channels × places. */
  async predict(seen, columns = false) {
    const { x, H, W } = padded(seen);
    const { Tensor } = this.ort;
    const found = await this.session.run(
      { x: new Tensor('float32', x, [1, 1, H, W]) },
      columns ? ['ab', 'columns'] : ['ab'],
    );
    const h = Math.ceil(seen.h / 2);
    const w = Math.ceil(seen.w / 2);
    const channels = ({ data, dims }, c) => {
      // one channel, without the padding
      const out = new Float32Array(h * w);
      for (let y = 0; y < h; y++) {
        out.set(data.subarray((c * dims[2] + y) * dims[3], (c * dims[2] + y) * dims[3] + w), y * w);
      }
      return out;
    };
    const answer = { h, w, ab: [0, 1].map(c => channels(found.ab, c)) };
    if (!answer.ab.every(c => c.every(Number.isFinite))) {
      throw new Told('The network predicted no colors for this photograph.');
    }
    if (columns) {
      const n = found.columns.dims[1];
      answer.columns = new Float32Array(n * h * w);
      for (let c = 0; c < n; c++) answer.columns.set(channels(found.columns, c), c * h * w);
    }
    for (const tensor of Object.values(found)) tensor.dispose();
    return answer;
  }
}

async function started(gpu, manifest, progress) {
  const { graph, shift, tensors } = manifest.model;
  const { script, loader, wasm } = manifest.runtime[gpu ? 'webgpu' : 'wasm'];
  const { contents, stored } = await load([graph, shift, wasm, ...tensors], manifest, progress);
  const [model, shifts, binary, ...data] = contents;
  const ort = await import(new URL(script, here));
  const threads = self.crossOriginIsolated && !onPhone ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
  const wasmPaths = { mjs: new URL(loader, here).href };
  Object.assign(ort.env.wasm, { wasmPaths, wasmBinary: binary, numThreads: threads });
  ort.env.logLevel = 'error';
  const extra = { session: { intra_op: { allow_spinning: '0' } } }; // threads that wait leave the cores to others
  const options = { executionProviders: [gpu ? 'webgpu' : 'wasm'], logSeverityLevel: 4, extra };
  const externalData = tensors.map((name, i) => ({ path: name.replace(/\.gz$/, ''), data: data[i] }));
  const session = await ort.InferenceSession.create(model, { ...options, externalData });
  const shifting = shifter(ort, await ort.InferenceSession.create(shifts, options));
  const where = gpu ? 'WebGPU' : `WebAssembly, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
  return new Network({ ort, session, shift: shifting, manifest, where, stored });
}

async function knows(network) {
  // does it give the known answer for a tiny picture?
  const { h, w, L, ab, tolerance } = network.manifest.known;
  const answer = await network.predict({ h, w, data: L });
  const apart = ab.flatMap((c, k) => c.map((v, i) => Math.abs(v - answer.ab[k][i])));
  return apart.reduce((a, b) => a + b) / apart.length <= tolerance; // processors round the 8-bit network differently
}

// A graphics processor is used if it knows the answer, and the second time at once: some are wrong, others slow.
async function serves(network) {
  if (!(await knows(network))) return false;
  const start = performance.now();
  return (await knows(network)) && performance.now() - start < 500;
}
const within = (milliseconds, promise) =>
  Promise.race([promise, new Promise(done => setTimeout(done, milliseconds, false))]);

/** Loads the network: WebGPU where a tiny run soon gives the known answer, otherwise WebAssembly. */
export async function loadNetwork(progress = () => {}) {
  if (!globalThis.WebAssembly) throw new Told('This browser runs no WebAssembly; use a newer one.');
  if (!globalThis.crypto?.subtle) throw new Told('This page needs a secure connection: https, or localhost.');
  const manifest = await readManifest();
  if (manifest.runtime.webgpu && (await hasGpu())) {
    try {
      const network = await started(true, manifest, progress);
      if (await within(15_000, serves(network))) return network;
    } catch (error) {
      if (error instanceof Told) throw error; // anything else is a driver's fault, and WebAssembly does the work
    }
  }
  let network;
  try {
    network = await started(false, manifest, progress);
  } catch (error) {
    if (error instanceof Told) throw error;
    throw new Told(`The network cannot be started (${error.message}); close other tabs, or use another browser.`);
  }
  if (!(await knows(network))) throw new Told('This browser computes the network wrongly; use another one.');
  return network;
}
