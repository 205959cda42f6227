import { ZSTDDecoder } from 'zstddec/stream';
import { BootImageError } from '../error.ts';
import { damaged } from './errors.ts';
import type { Output } from './output.ts';
import type { Pace } from './pace.ts';

// How much goes in and comes out at a time.
const IN_SIZE = 1 << 17;
const OUT_SIZE = 1 << 18;
/** `ZSTD_inBuffer` and `ZSTD_outBuffer`: pointer, size and position, 4 bytes each. */
const BUFFER_SIZE = 12;

/** Decompresses frames. */
export interface ZstdDecoder {
  /**
   * Decompresses one whole frame, its checksum checked.
   *
   * @param most the most that its blocks can hold
   * @throws BootImageError `EBADMSG` if it is damaged, `EFBIG` beyond the output's limit; nothing more can be decompressed then
   */
  decompress(frame: Uint8Array, most: number, output: Output, pace?: Pace): Promise<void>;
}

/** A decoder with memory of its own, which goes with it. @throws BootImageError `EFBIG` without room for one */
export async function createDecoder(): Promise<ZstdDecoder> {
  const loader = new Loader();
  await loader.init();
  return compiled === undefined ? new SharedDecoder(loader) : new Library(await instanceOf(compiled));
}

/**
 * libzstd as zstddec has it. The one instance that zstddec makes of it keeps its memory for good, and does not stop where
 * data is damaged; so only the compiled module is taken from there, and instances made of that.
 */
class Loader extends ZSTDDecoder {
  override _init(result: WebAssembly.WebAssemblyInstantiatedSource): void {
    super._init(result);
    // Without `this`: it is called as a function.
    compiled = result.module;
  }
}

/** Undefined where other code of this program has started zstddec before. */
let compiled: WebAssembly.Module | undefined;

/** The host has room for so many instances; those that are no longer used go when it needs theirs. */
async function instanceOf(module: WebAssembly.Module): Promise<WebAssembly.Instance> {
  try {
    return await WebAssembly.instantiate(module, { env: { emscripten_notify_memory_growth: () => {} } });
  } catch (cause) {
    throw new BootImageError('EFBIG', 'there is no memory for libzstd', 'unpack it yourself with zstd -dc', { cause });
  }
}

/** What is left where zstddec is in use elsewhere: a whole frame at a time, which stands in memory twice. */
class SharedDecoder implements ZstdDecoder {
  readonly #zstddec: ZSTDDecoder;

  constructor(zstddec: ZSTDDecoder) {
    this.#zstddec = zstddec;
  }

  async decompress(frame: Uint8Array, most: number, output: Output): Promise<void> {
    const bytes = this.#zstddec.decode(frame, most);
    // It tells an error by an array without bytes.
    if (bytes.length === 0 && most > 0) throw notValid();
    output.add(bytes);
  }
}

/** An instance of libzstd. */
class Library implements ZstdDecoder {
  readonly #instance: WebAssembly.Instance;
  readonly #context: number;
  readonly #input: number;
  readonly #chunk: number;
  readonly #from: number;
  readonly #to: number;

  constructor(instance: WebAssembly.Instance) {
    this.#instance = instance;
    this.#context = this.#call('ZSTD_createDCtx');
    [this.#input, this.#chunk] = [this.#call('malloc', IN_SIZE), this.#call('malloc', OUT_SIZE)];
    [this.#from, this.#to] = [this.#call('malloc', BUFFER_SIZE), this.#call('malloc', BUFFER_SIZE)];
  }

  async decompress(frame: Uint8Array, _: number, output: Output, pace?: Pace): Promise<void> {
    for (let at = 0; at < frame.length; at += IN_SIZE) {
      const part = frame.subarray(at, at + IN_SIZE);
      this.#memory().set(part, this.#input);
      this.#setBuffer(this.#from, this.#input, part.length);
      await pace?.step(at, frame.length);
      while (this.#position(this.#from) < part.length) {
        this.#setBuffer(this.#to, this.#chunk, OUT_SIZE);
        // Sizes come back from it, and errors as negative numbers of the same 32 bits.
        if (this.#call('ZSTD_decompressStream', this.#context, this.#to, this.#from) >> 7 === -1) throw notValid();
        output.add(this.#memory().subarray(this.#chunk, this.#chunk + this.#position(this.#to)));
      }
    }
  }

  #call(name: string, ...values: number[]): number {
    const called = this.#instance.exports[name];
    return typeof called === 'function' ? Number(called(...values)) : 0;
  }

  /** Made anew each time: the memory moves where it grows. */
  #memory(): Uint8Array {
    const { memory } = this.#instance.exports;
    return memory instanceof WebAssembly.Memory ? new Uint8Array(memory.buffer) : new Uint8Array(0);
  }

  #setBuffer(at: number, pointer: number, size: number): void {
    const memory = this.#memory();
    const words = new Uint32Array(memory.buffer, at, BUFFER_SIZE / 4);
    words.set([pointer, size, 0]);
  }

  #position(at: number): number {
    return new Uint32Array(this.#memory().buffer, at, BUFFER_SIZE / 4)[2] ?? 0;
  }
}

const notValid = () => damaged('the Zstandard data is not valid, or does not fit its checksum');
