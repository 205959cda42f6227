import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, type Frame, FrameReader } from './wire.ts';

fc.configureGlobal({ seed: 19 });

const frames = fc.array(fc.record({ id: fc.nat(), header: fc.jsonValue(), body: fc.uint8Array({ maxLength: 300 }) }), {
  maxLength: 8,
});

/** What a reader makes of bytes that come in pieces of these lengths, over and over. */
function read(bytes: Uint8Array, lengths: readonly number[]): Frame[] {
  const found: Frame[] = [];
  const reader = new FrameReader(({ id, header, body }) => found.push({ id, header, body: Uint8Array.from(body) }));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    reader.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return found;
}

test('frames come out as they went in, in whatever pieces they come', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(frames, pieces, (sent, lengths) => {
      const bytes = Buffer.concat(sent.map(({ id, header, body }) => encodeFrame(id, header, body)));
      const expected = sent.map(({ id, header, body }) => ({ id, body, header: JSON.parse(JSON.stringify(header)) }));
      expect(read(bytes, lengths)).toEqual(expected);
    }),
  );
});

test('half a frame is none', () => {
  const bytes = encodeFrame(1, { a: 1 }, new Uint8Array(9));
  for (let length = 1; length < bytes.length; length++) expect(read(bytes.subarray(0, length), [1000])).toEqual([]);
});

test('what is no frame is refused', () => {
  const bytes = Buffer.from(encodeFrame(1, { a: 1 }));
  bytes.write('?', 12);
  expect(() => read(bytes, [1000])).toThrow(SyntaxError);
});
