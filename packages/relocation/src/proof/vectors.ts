import { decode } from '@kexeckit/a64';
import { hex, PAGE, pfnOf } from '../page.ts';
import type { Ledger } from './ledger.ts';
import { type PlanView, wordsOf } from './view.ts';

/** Words of a vector table, and the one for synchronous exceptions from a lower level in AArch64 state (Arm ARM D1.3.1). */
const TABLE_WORDS = 512;
const FROM_LOWER = 0x400 / 4;
/** The register that the routine leaves the entry in. */
const NEXT = 28;

/** A soft restart has vectors of its own: an HVC branches to the next stage, everything else stays where it is. */
export function checkVectors(view: PlanView, ledger: Ledger): void {
  const { vectors, softRestart, jump, start } = view.stage;
  const pages = view.controlPages('vectors');
  const complain = (detail: string): void => ledger.violated('routine', pfnOf(vectors ?? start), ['vectors'], detail);
  if ((vectors !== undefined) !== softRestart || pages.length !== (softRestart ? 1 : 0))
    complain('a soft restart has one page of vectors, and nothing else has');
  if (vectors === undefined) return;
  if (vectors % PAGE !== 0n || pages[0]?.pfn !== pfnOf(vectors)) complain('they do not begin with their page');
  if (jump !== vectors + BigInt(4 * FROM_LOWER)) complain('the jump is not where the plan says');
  const words = wordsOf(view.image, pfnOf(vectors));
  for (let at = 0; at < TABLE_WORDS; at++) {
    const word = words?.[at] ?? 0;
    const found = decode(word);
    const isRight =
      at === FROM_LOWER
        ? found?.id === 'br' && found.operands[0] === NEXT
        : found?.id === 'b' && found.operands[0] === 0;
    if (!isRight)
      complain(`word ${at} is ${hex(word)}, which ${at === FROM_LOWER ? 'does not jump' : 'does not stop'}`);
  }
}
