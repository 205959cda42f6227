import { decode } from '@kexeckit/a64';
import { addressOf, hex, PAGE, pfnOf } from '../page.ts';
import { routineOf } from '../routine/again.ts';
import { emitVectors } from '../routine/vectors.ts';
import type { ControlPageOwner } from '../stage.ts';
import type { Ledger } from './ledger.ts';
import type { Reached } from './routine-code.ts';
import { checkVectors } from './vectors.ts';
import { type PlanView, wordsOf } from './view.ts';

type Complain = (detail: string) => void;

/** What the routine's own words say of where it begins, stops and jumps; then each of them against a fresh emission. */
export function checkRoutine(view: PlanView, ledger: Ledger): void {
  const { stage } = view;
  const complain: Complain = (detail) => ledger.violated('routine', pfnOf(stage.start), ['routine'], detail);
  checkStart(view, complain);
  for (const fault of view.routine.faults) complain(fault);
  checkExit(view, complain);
  checkHalt(view, complain);
  checkLiterals(view, complain);
  checkVectors(view, ledger);
  // Each word is compared once, so that is what is counted.
  checkWords(view, ledger, 'routine', stage.start, routineOf(stage, view.world).words);
  if (stage.vectors !== undefined) checkWords(view, ledger, 'vectors', stage.vectors, emitVectors().words);
}

/** It begins with the one page of its own. */
function checkStart(view: PlanView, complain: Complain): void {
  const { start } = view.stage;
  const pages = view.controlPages('routine');
  if (pages.length !== 1) complain(`the plan has ${pages.length} pages for it, not one`);
  if (start % PAGE !== 0n || pages[0]?.pfn !== pfnOf(start))
    complain(`it begins at ${hex(start)}, which is not the start of its page`);
}

/** Its one way out: a branch to the entry, or for a soft restart an HVC, with the registers that the boot protocol wants. */
function checkExit(view: PlanView, complain: Complain): void {
  const { stage } = view;
  const { entry, dtb } = stage.placement;
  const exits = [...view.routine.code.values()].filter((reached) => leaves(reached));
  const [exit] = exits;
  if (exit === undefined || exits.length !== 1) {
    complain(`it has ${exits.length} ways out, not one`);
    return;
  }
  const isHvc = exit.id === 'hvc';
  if (isHvc !== stage.softRestart) complain(`it leaves by ${exit.id.toUpperCase()}`);
  if (!isHvc && stage.jump !== stage.start + BigInt(4 * exit.at)) complain('the jump is not where the plan says');
  const wanted: readonly (readonly [number, bigint])[] = [
    [isHvc ? NEXT : Number(exit.operands[0]), entry],
    [0, dtb],
    [1, 0n],
    [2, 0n],
    [3, 0n],
  ];
  for (const [register, value] of wanted) {
    const known = exit.registers[register];
    if (known !== value)
      complain(`x${register} is ${known === undefined ? 'not known' : hex(known)} when it leaves, not ${hex(value)}`);
  }
}

/** The register that the vectors branch to. */
const NEXT = 28;

/** Whether an instruction leads out: HVC, or a branch to what was loaded from the page; other branches return. */
function leaves({ id, operands, registers }: Reached): boolean {
  return id === 'hvc' || id === 'eret' || (id === 'br' && registers[Number(operands[0])] !== undefined);
}

/** Where it stops, it waits, and goes nowhere from there. */
function checkHalt(view: PlanView, complain: Complain): void {
  const { halt, start } = view.stage;
  if (halt === undefined) return;
  const words = wordsOf(view.image, pfnOf(halt));
  const at = Number(halt % PAGE) / 4;
  const [first, second] = [decode(words?.[at] ?? 0), decode(words?.[at + 1] ?? 0)];
  if (pfnOf(halt) !== pfnOf(start) || first?.id !== 'wfi' || second?.id !== 'b' || second.operands[0] !== -4)
    complain(`it does not wait for ever at ${hex(halt)}`);
  if (!view.routine.code.has(at)) complain('nothing leads to where it stops');
}

/** It loads the addresses that the plan says it is told. */
function checkLiterals(view: PlanView, complain: Complain): void {
  const { stage } = view;
  const words = wordsOf(view.image, pfnOf(stage.start));
  const loaded = new Set<bigint>();
  for (const { id, operands, at } of view.routine.code.values()) {
    const from = at + Number(operands[1]) / 4;
    if (id === 'ldr.literal') loaded.add((BigInt(words?.[from + 1] ?? 0) << 32n) | BigInt(words?.[from] ?? 0));
  }
  const wanted: readonly (readonly [string, bigint | undefined])[] = [
    ['the list', stage.kind === 'relocation' ? stage.head : undefined],
    ['the console', stage.breadcrumbs?.uart],
    ['the constants', pageOf(view, 'constants')],
    ['the workspace', pageOf(view, 'workspace')],
  ];
  for (const [what, value] of wanted)
    if (value !== undefined && !loaded.has(value)) complain(`it never loads the address of ${what}, ${hex(value)}`);
}

/** The address of an owner's first control page. */
function pageOf(view: PlanView, owner: ControlPageOwner): bigint | undefined {
  const [page] = view.controlPages(owner);
  return page && addressOf(page.pfn);
}

function checkWords(view: PlanView, ledger: Ledger, owner: string, address: bigint, words: Uint32Array): void {
  const pfn = pfnOf(address);
  const loaded = wordsOf(view.image, pfn);
  words.forEach((word, index) => {
    if (loaded?.[index] === word) return;
    const found = hex(loaded?.[index] ?? 0);
    ledger.violated('routine', pfn, [owner], `word ${index} is ${found}, not ${hex(word)}`);
  });
  ledger.checked('routine', words.length);
}
