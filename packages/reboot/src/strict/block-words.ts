import { encode, x27, xzr } from '@kexeckit/a64';

/** The register with the place that the loop reads from. */
export const MESSAGE = 27;
/** The register with the place where it ends. */
export const END = 14;

const GROUPS = 16;
/** Groups behind which the schedule is still extended. */
const EXTENDED = 12;

/** A loop over blocks of SHA-256: state in v0 and v1, round constants in v16 to v31, the message schedule in v4 to v7. */
function emitBlock(): number[] {
  const words = [encode('ld1.x4.post', '16b', 4, x27)];
  for (let v = 4; v < 8; v++) words.push(encode('rev32.16b', v, v));
  words.push(encode('orr.16b', 2, 0, 0), encode('orr.16b', 3, 1, 1));
  for (let group = 0; group < GROUPS; group++) {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = [0, 1, 2, 3].map((ahead) => 4 + ((group + ahead) % 4));
    words.push(encode('add.v', '4s', 8, w0, 16 + group));
    if (group < EXTENDED) words.push(encode('sha256su0', w0, w1));
    words.push(encode('orr.16b', 9, 0, 0), encode('sha256h', 0, 1, 8), encode('sha256h2', 1, 9, 8));
    if (group < EXTENDED) words.push(encode('sha256su1', w0, w2, w3));
  }
  words.push(encode('add.v', '4s', 0, 0, 2), encode('add.v', '4s', 1, 1, 3));
  words.push(encode('subs', xzr, MESSAGE, END, 0), encode('b.cond', 'cc', -4 * (words.length + 1)));
  return words;
}

let words: Uint32Array | undefined;

/**
 * The words of the loop. What they do is `compress` for each block: a test holds one against the other. They are assembled when
 * they are first asked for: most runs of a command rehearse nothing.
 */
export function blockWords(): Uint32Array {
  words ??= Uint32Array.from(emitBlock());
  return words;
}
