import type { LoadedReboot } from '@kexeckit/reboot';
import { loadImage, segmentDigest } from '@kexeckit/relocation';
import { planAgain, settled, withBytes } from './agree.ts';
import { type Choose, some } from './choose.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { bytesOf } from './memory.ts';
import { mixedVerified, on1, on2, reservedVerified } from './setups.ts';
import { controlPages, stageOf } from './stage.ts';

// The page of constants: 64 round constants, 8 initial values, and then a record for each segment.
const [ROUND, INITIAL, RECORDS, RECORD] = [0, 256, 288, 112];
const [PAGES, LAST_BLOCK, DIGEST] = [8, 16, 80];

/** Changes the page of constants where it is loaded and where it is planned. */
const inConstants = (change: (page: DataView, choose: Choose) => void) => (victim: LoadedReboot, choose: Choose) => {
  const page = bytesOf(victim, some(controlPages(victim, 'constants')[0], 'constants'));
  change(new DataView(page.buffer, page.byteOffset, page.byteLength), choose);
  return settled(victim);
};

const flipAt = (page: DataView, at: number, choose: Choose): void =>
  page.setUint8(at, page.getUint8(at) ^ (1 << choose(8)));

/** What is compared: wrong in memory, and planned so. */
export const agreedDigestSabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'digest of other bytes, planned so',
    on: [on1, on2, reservedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: (victim, choose, reality) => {
      const wrong = stageOf(victim).placement.segments.map((segment) => {
        const content = some(victim.contents.get(segment.name), segment.name).slice();
        if (content.length > 0) content[choose(content.length)] = 0x77 ^ (content[0] ?? 0);
        return [segment.name, segmentDigest(segment, content)] as const;
      });
      return planAgain(victim, reality, { digests: new Map(wrong) });
    },
  }),
  inAgreement({
    name: 'bytes that changed after their digest was taken',
    on: [on1, on2, reservedVerified, mixedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: (victim, choose) => {
      const contents = withBytes(victim, 'initrd', (bytes) => {
        const at = choose(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
      });
      return { ...victim, contents, image: loadImage(stageOf(victim), contents) };
    },
  }),
  inAgreement({
    name: 'one bit of one digest, planned so',
    on: [on1, mixedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page, choose) => flipAt(page, RECORDS + RECORD * choose(3) + DIGEST + choose(32), choose)),
  }),
  inAgreement({
    name: 'a round constant of SHA-256 wrong, planned so',
    on: [on1, reservedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page, choose) => flipAt(page, ROUND + choose(256), choose)),
  }),
  inAgreement({
    name: 'an initial value of SHA-256 wrong, planned so',
    on: [on2, reservedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page, choose) => flipAt(page, INITIAL + choose(32), choose)),
  }),
  inAgreement({
    name: 'a record of one page less than its segment',
    on: [on1, reservedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page) => page.setUint32(RECORDS + PAGES, page.getUint32(RECORDS + PAGES, true) - 1, true)),
  }),
  inAgreement({
    name: 'records in another order than the copies',
    on: [on1, on2],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page) => {
      const bytes = new Uint8Array(page.buffer, page.byteOffset, page.byteLength);
      const [first, second] = [0, 1].map((index) =>
        bytes.slice(RECORDS + RECORD * index, RECORDS + RECORD * (index + 1)),
      );
      bytes.set(some(second, 'record'), RECORDS);
      bytes.set(some(first, 'record'), RECORDS + RECORD);
    }),
  }),
  inAgreement({
    name: 'no record of the last segment: nobody verifies it',
    on: [reservedVerified],
    proof: 'digests',
    machine: [],
    qemu: 'misses',
    commit: inConstants((page) => page.setUint32(RECORDS + 2 * RECORD + PAGES, 0, true)),
  }),
  inAgreement({
    name: 'a record of a segment in place that begins one page on',
    on: [reservedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page) => page.setUint32(RECORDS, page.getUint32(RECORDS, true) + 4096, true)),
  }),
  inAgreement({
    name: 'the length in the last block of a message wrong',
    on: [on1, mixedVerified],
    proof: 'digests',
    machine: ['digest'],
    qemu: 'catches',
    commit: inConstants((page, choose) => flipAt(page, RECORDS + LAST_BLOCK + 60 + choose(4), choose)),
  }),
];
