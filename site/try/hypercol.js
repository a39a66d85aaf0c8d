// What a page imports: colorize(imageData) for one picture, Colorizer for files. See README.md and hypercol.d.ts.

/** The work on photographs, in a worker of its own. */
export class Colorizer {
  #worker = null;
  #calls = new Map();
  #last = 0;

  #start() {
    const worker = (this.#worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' }));
    worker.onmessage = ({ data: { id, progress, result, error } }) => {
      const call = this.#calls.get(id);
      if (!call) return;
      if (progress) return call.progress?.(progress);
      this.#calls.delete(id);
      error === undefined ? call.done(result) : call.failed(new Error(error));
    };
    worker.onerror = event => {
      event.preventDefault();
      this.#stop(
        new Error(
          `The work stopped (${event.message || 'the page could not load all of itself, or memory is short'}).`,
        ),
      );
    };
  }

  #stop(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    for (const call of this.#calls.values()) call.failed(reason);
    this.#calls.clear();
  }

  #call(name, given, { signal, progress } = {}) {
    return new Promise((done, failed) => {
      if (signal?.aborted) return failed(signal.reason);
      if (!this.#worker) this.#start();
      const id = ++this.#last;
      this.#calls.set(id, { done, failed, progress });
      signal?.addEventListener(
        'abort',
        () => {
          if (this.#calls.has(id)) this.#stop(signal.reason);
        },
        { once: true },
      );
      this.#worker.postMessage({ id, name, given });
    });
  }

  /** Loads the network: { where, stored }. `progress` gets { step, done, of }. */
  start(options) {
    return this.#call('start', {}, options);
  }

  /** The result of ImageData, as ImageData of the same size. */
  colorize(imageData, { saturation, touches, ...options } = {}) {
    return this.#call('pixels', { imageData, settings: checked({ saturation, touches }) }, options);
  }

  /** A reduced copy of a file, gray and in color. `key` names the file in later calls. */
  look(key, file, { side = 1200, saturation, touches, ...options } = {}) {
    return this.#call('look', { key, file, side, settings: checked({ saturation, touches }) }, options);
  }

  /** A result at full size, with the file's metadata and the mark: { blob, notes }. */
  save(key, file, { format = 'PNG', saturation, touches, ...options } = {}) {
    return this.#call('save', { key, file, format, settings: checked({ saturation, touches }) }, options);
  }
}

function checked({ saturation = 1, touches = [] }) {
  if (!(typeof saturation === 'number' && saturation >= 0 && saturation <= 10)) {
    throw new RangeError(`saturation: expected a number from 0 to 10, got ${saturation}`);
  }
  return {
    saturation,
    touches: touches.map(({ x, y, color, reach = 1 }) => {
      if (!(Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0)) {
        throw new RangeError(`touches: expected whole pixels from 0, got ${x},${y}`);
      }
      if (!/^(#[0-9a-f]{6}|keep|gray)$/i.test(color)) {
        throw new RangeError(`touches: expected #rrggbb, keep or gray, got ${color}`);
      }
      if (!(reach >= 0.1 && reach <= 10)) {
        throw new RangeError(`touches: expected a reach from 0.1 to 10, got ${reach}`);
      }
      return { x, y, color: color.toLowerCase(), reach };
    }),
  };
}

let shared = null;

/** Colorize a picture: ImageData in, ImageData out. Options: saturation, touches, signal, progress. */
export function colorize(imageData, options) {
  shared ??= new Colorizer();
  return shared.colorize(imageData, options);
}
