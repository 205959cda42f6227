import { expect, test } from 'vitest';
import { type Frame, FrameReader, packetOf } from './gdb-packets.ts';

const framesIn = (text: string): Frame[] => [...new FrameReader().push(text)];

test('a packet of runs may be as long as one without, and no longer', () => {
  expect(framesIn(packetOf('0*~'.repeat(10_000))).map(({ kind }) => kind)).toEqual(['packet']);
  expect(framesIn(packetOf('0*~'.repeat(20_000))).map(({ kind }) => kind)).toEqual(['nonsense']);
});

test('what stands between packets', () => {
  const text = `+${packetOf('OK')}-%Stop:T05#${packetOf('Stop:T05').slice(-2)}`;
  expect(framesIn(text)).toEqual([
    { kind: 'taken' },
    { kind: 'packet', text: 'OK' },
    { kind: 'again' },
    { kind: 'notification' },
  ]);
});
