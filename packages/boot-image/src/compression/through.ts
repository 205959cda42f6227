// A fraction of what a small file can grow to is noticed before it has grown far.
const STEP = 1 << 16;

/** A stream of all the bytes, in small steps. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      // A copy: the platform's streams take no shared memory, and may take what they are given away.
      if (at < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(at, at + STEP)));
      else controller.close();
      at += STEP;
    },
  });
}

/** Gives each chunk of a stream to `take`, and stops the stream where that throws. */
export async function drain(stream: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    try {
      take(value);
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    }
  }
}
