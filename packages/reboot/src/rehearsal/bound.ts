import { digestInstructions, PAGE_SIZE, type StagePlan } from '@kexeckit/relocation';
import type { ImitatedFeatures } from './cpu.ts';

const BLOCK = 64;
/** Before, between and behind the pages: turning tables on and off, constants, hand-over. */
const AROUND = 300;
/** To start a digest, end it and compare it. */
const AROUND_SEGMENT = 60;
/** A page: 20 instructions for each 128 bytes, and what leads to the next one. */
const COPY_PAGE = 20 * (PAGE_SIZE / 128) + 40;
/** Cleaning: each line takes four. */
const CLEAN_LINE = 4;
/** A block of SHA-256 without its instructions takes 2 307. */
const PLAIN_BLOCK = 3_000;

/**
 * Instructions that a stage may take: what its loops need, and hardly more. One that takes more does something over and
 * over, whether it ends or not.
 */
export function instructionBound(stage: StagePlan, { sha256, dataLine }: ImitatedFeatures): number {
  const full = stage.placement.segments.filter(({ memsz }) => memsz > 0n);
  const cleanPage = CLEAN_LINE * (PAGE_SIZE / dataLine);
  const verified = stage.halt !== undefined;
  const workspace = verified ? cleanPage : 0;
  return full.reduce((sum, { memsz, placement }) => {
    const pages = Number(memsz) / PAGE_SIZE;
    const moved = placement === 'copied' ? pages * (COPY_PAGE + cleanPage) : 0;
    return sum + moved + (verified ? digestBound(Number(memsz), sha256) : 0);
  }, AROUND + workspace);
}

function digestBound(bytes: number, sha256: boolean): number {
  // The last block of a message holds its length.
  const all = bytes + BLOCK;
  const blocks = sha256 ? digestInstructions(all) : (all / BLOCK) * PLAIN_BLOCK;
  return blocks + (bytes / PAGE_SIZE) * 20 + AROUND_SEGMENT;
}
