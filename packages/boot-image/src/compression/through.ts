// A fraction of what a small file can grow to is noticed before it has grown far.
const STEP = 1 << 17;

/** A stream of all the bytes, in small steps, each a view: copies would stay until the end, and double what a file takes. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const step = bytes.subarray(at, at + STEP);
      // The platform's streams take no shared memory.
      if (step.length > 0) controller.enqueue(isPrivate(step) ? step : new Uint8Array(step));
      else controller.close();
      at += STEP;
    },
  });
}

const isPrivate = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> => bytes.buffer instanceof ArrayBuffer;

/** Gives each chunk of a stream to `take`, waits where that waits, and stops the stream where that throws. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    try {
      await take(value);
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    }
  }
}
