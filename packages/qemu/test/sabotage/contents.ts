import { some } from './choose.ts';
import { inMemory, type Sabotage } from './kinds.ts';
import { bytesOf, contentPage, flip } from './memory.ts';
import { crash, delivered, mixedVerified, off1, on1, on2, plain, reserved, reservedVerified, soft } from './setups.ts';
import { controlPages } from './stage.ts';

/** What was loaded: contents, digests, vectors. */
export const contentSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'flipped bit in a page that is copied',
    on: [on1, plain, off1],
    proof: 'content',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => flip(contentPage(victim, choose), choose),
  }),
  inMemory({
    name: 'flipped bit in a page that lies in place',
    on: [reserved, reservedVerified, crash, delivered],
    proof: 'content',
    machine: ['digest', 'contents'],
    change: (victim, choose) => flip(contentPage(victim, choose), choose),
  }),
  inMemory({
    name: 'flipped bit in a digest',
    on: [on1, on2, reservedVerified, mixedVerified],
    proof: 'loaded',
    machine: ['digest'],
    qemu: 'catches',
    change: (victim, choose) => {
      const page = bytesOf(victim, some(controlPages(victim, 'constants')[0], 'constants'));
      // Records begin at 288, and a digest 80 bytes into each of its 112.
      flip(page.subarray(288 + 112 * choose(3) + 80).subarray(0, 32), choose);
    },
  }),
  inMemory({
    name: 'flipped bit in the vectors',
    on: [soft],
    proof: 'loaded',
    machine: ['hand-over'],
    change: (victim, choose) => {
      const page = bytesOf(victim, some(controlPages(victim, 'vectors')[0], 'vectors'));
      // The register number of the branch that answers.
      page[0x400] = (page[0x400] ?? 0) ^ (1 << (5 + choose(3)));
    },
  }),
];
