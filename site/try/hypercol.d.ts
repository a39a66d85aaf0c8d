/** A place of the picture and the color that the user gives it. */
export interface Touch {
  /** Column and row, whole pixels from 0. */
  x: number;
  y: number;
  /** '#rrggbb'; 'keep' for the network's own color there; 'gray'. */
  color: string;
  /** How unlike a place may be and still follow: 0.1 to 10; 1 if not given. */
  reach?: number;
}

export interface Progress {
  step: 'load' | 'decode' | 'network' | 'touches' | 'color';
  /** Bytes of `load`, rows of `decode` and `color`. */
  done?: number;
  of?: number;
}

export interface Running {
  /** Aborting ends the worker; the next call starts another one. */
  signal?: AbortSignal;
  progress?(now: Progress): void;
}

export interface Settings {
  /** Factor on the predicted chroma: 0 to 10; 1 if not given. */
  saturation?: number;
  touches?: Touch[];
}

/** Colorize a picture; only its lightness is used, and transparency stays. Loads the network on the first call. */
export function colorize(imageData: ImageData, options?: Settings & Running): Promise<ImageData>;

/** The same, and files at full size with their metadata, in a worker of its own. */
export class Colorizer {
  /** Load the network. `where` says what computes it; `stored` whether it is kept for use offline. */
  start(options?: Running): Promise<{ where: string; stored: boolean }>;
  colorize(imageData: ImageData, options?: Settings & Running): Promise<ImageData>;
  /** A reduced copy of a file, gray and in color. `key` names the file in later calls. */
  look(
    key: string,
    file: Blob,
    options?: Settings & Running & { side?: number },
  ): Promise<{
    gray: ImageData;
    color: ImageData;
    width: number;
    height: number;
    alpha: boolean;
    notes: string[];
  }>;
  /** A result with the file's metadata and the mark. `notes`: what the user should read, such as what was left out. */
  save(
    key: string,
    file: Blob,
    options?: Settings & Running & { format?: 'PNG' | 'JPEG' },
  ): Promise<{ blob: Blob; notes: string[] }>;
}
