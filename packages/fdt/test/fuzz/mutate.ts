import type { Random } from './random.ts';

const WORDS = [0, 1, 2, 3, 4, 9, 0xffffffff, 0x80000000, 0x7fffffff, 0x10000, 40, 0xd00dfeed];

/** A blob with a few of its bytes changed, cut, doubled or moved. */
export function mutateBlob(blob: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = blob.slice();
  for (let count = 1 + random.below(4); count > 0; count--) bytes = mutateOnce(bytes, random);
  // A header that says the wrong size hides what else is wrong.
  return random.below(4) > 0 ? setWord(bytes, 4, bytes.length) : bytes;
}

function mutateOnce(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(Math.max(1, bytes.length));
  const size = random.below(64);
  switch (random.below(7)) {
    case 0:
      bytes.set([random.below(256)], Math.min(at, bytes.length - 1));
      return bytes;
    case 1:
      return setWord(bytes, random.below(10) * 4, random.pick(WORDS));
    case 2:
      return setWord(bytes, at & ~3, random.pick(WORDS));
    case 3:
      return bytes.slice(0, Math.max(1, at));
    case 4:
      bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
      return bytes;
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(at, at + size), bytes.subarray(at));
    default:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(at + size, bytes.length - 1)));
  }
}

function setWord(bytes: Uint8Array, at: number, word: number): Uint8Array {
  if (at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, word);
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const PIECES = [
  ...['{', '}', ';', '<', '>', '[', ']', '(', ')', '"', "'", '&', '/', '/*', '//', '=', ',', ':', '\\', '#', '?', '-'],
  ...[
    '/ {',
    '};',
    '&l',
    '&{/a}',
    'l:',
    '/bits/ 64',
    '/include/ "x"',
    '/delete-node/ ',
    '/delete-property/ ',
    '/plugin/;',
  ],
  ...[
    '/dts-v1/;',
    '/memreserve/ 1 2;',
    '/omit-if-no-ref/ ',
    '0x',
    '08',
    '1ULL',
    '(1 / 0)',
    '\0',
    '\ud800',
    '# 1 "x"\n',
  ],
];

/** A text with a few pieces put in, cut or doubled. */
export function mutateText(text: string, random: Random): string {
  let mutated = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + random.below(40));
    const put =
      random.below(3) === 0 ? mutated.slice(at, end).repeat(2) : random.below(2) === 0 ? random.pick(PIECES) : '';
    mutated = mutated.slice(0, at) + put + mutated.slice(end);
  }
  return mutated;
}
