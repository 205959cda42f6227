import { ZSTDDecoder } from 'zstddec/stream';
import { BootImageError } from '../error.ts';
import { damaged } from './errors.ts';
import type { Output } from './output.ts';

// How much goes in and comes out at a time.
const IN_SIZE = 1 << 17;
const OUT_SIZE = 1 << 18;
/** `ZSTD_inBuffer` and `ZSTD_outBuffer`: pointer, size and position, 4 bytes each. */
const BUFFER_SIZE = 12;

/**
 * libzstd as zstddec has it. The one instance that zstddec makes of it keeps its memory for good, and does not stop where
 * data is damaged; so only the compiled module is taken from there, and an instance made for each frame.
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

/**
 * Decompresses one whole frame, its checksum checked.
 *
 * @param most the most that its blocks can hold
 * @throws BootImageError `EBADMSG` if it is damaged, `EFBIG` beyond the output's limit
 */
export async function decompressFrame(frame: Uint8Array, most: number, output: Output): Promise<void> {
  const loader = new Loader();
  await loader.init();
  if (compiled === undefined) {
    // An error is an array without bytes there.
    const bytes = loader.decode(frame, most);
    if (bytes.length === 0 && most > 0) throw notValid();
    return output.add(bytes);
  }
  new Library(await instanceOf(compiled)).decompress(frame, output);
}

/** The host has room for so many instances; those that are no longer used go when it needs theirs. */
async function instanceOf(module: WebAssembly.Module): Promise<WebAssembly.Instance> {
  try {
    return await WebAssembly.instantiate(module, { env: { emscripten_notify_memory_growth: () => {} } });
  } catch (cause) {
    throw new BootImageError('EFBIG', 'there is no memory for libzstd', 'unpack it yourself with zstd -dc', { cause });
  }
}

/** What an instance of libzstd has. Its memory goes with it. */
class Library {
  readonly #instance: WebAssembly.Instance;

  constructor(instance: WebAssembly.Instance) {
    this.#instance = instance;
  }

  decompress(frame: Uint8Array, output: Output): void {
    const context = this.#call('ZSTD_createDCtx');
    const [input, chunk] = [this.#call('malloc', IN_SIZE), this.#call('malloc', OUT_SIZE)];
    const from = this.#call('malloc', BUFFER_SIZE);
    const to = this.#call('malloc', BUFFER_SIZE);
    for (let at = 0; at < frame.length; at += IN_SIZE) {
      const part = frame.subarray(at, at + IN_SIZE);
      this.#memory().set(part, input);
      this.#setBuffer(from, input, part.length);
      while (this.#position(from) < part.length) {
        this.#setBuffer(to, chunk, OUT_SIZE);
        // Sizes come back from it, and errors as negative numbers of the same 32 bits.
        if (this.#call('ZSTD_decompressStream', context, to, from) >> 7 === -1) throw notValid();
        output.add(this.#memory().subarray(chunk, chunk + this.#position(to)));
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
