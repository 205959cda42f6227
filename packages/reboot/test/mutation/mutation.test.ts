import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '@kexeckit/a64';
import { pfnOf } from '@kexeckit/relocation';
import { type Case, chosen, everyTest } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { type RebootError, rehearse } from '../../src/index.ts';
import { equivalent, type Harmless, harmless } from './harmless.ts';
import { unbroken, Workbench } from './judge.ts';
import { literalMutants, type Mutant, operandMutants, structuralMutants, textOf } from './mutants.ts';
import { type Program, programOf } from './program.ts';
import { Tally } from './tally.ts';
import { type Subject, type states, subjectOf, type Variant } from './variants.ts';

const everyState = ['EL1', 'EL2', 'VHE', 'soft restart'] as const satisfies readonly (keyof typeof states)[];
const kinds = [
  { strategy: 'mmu-off', verify: false, marked: 'EL1' },
  { strategy: 'mmu-on', verify: false, marked: 'EL2' },
  { strategy: 'mixed', verify: true, marked: 'EL1' },
  { strategy: 'reserved', verify: true, marked: 'VHE' },
  { strategy: 'reserved', verify: false, marked: 'soft restart' },
] as const;
/**
 * Each kind of routine in every state, one of them with breadcrumbs. Those that are tried often have each strategy, and the
 * digests, once; the others take minutes.
 */
const variants = kinds.flatMap(({ strategy, verify, marked }) =>
  everyState.map((state): Variant & Case => {
    const variant = { strategy, verify, state, breadcrumbs: state === marked };
    const isOften = state === 'soft restart' || (variant.breadcrumbs && strategy !== 'mixed');
    return isOften ? { ...variant, often: true } : variant;
  }),
);

/** The first item of the subroutines that digest: where the hand-over ends. */
const subroutines = ({ items }: Program): number => items.findIndex(({ id }) => id === 'br' || id === 'hvc') + 1;

/** The items that digest blocks: the same words in every routine that verifies. */
function blocks(program: Program): readonly [from: number, to: number] {
  const to = program.items.findIndex((item) => textOf(item) === 'add x15, x24, #0x100');
  return [subroutines(program), to];
}

function* mutantsOf({ verify, state, strategy, breadcrumbs }: Variant, program: Program): Generator<Mutant, undefined> {
  const end = program.items.length;
  const front = verify ? subroutines(program) : end;
  yield* structuralMutants(program, 0, front);
  yield* literalMutants(program);
  const whole = strategy === 'reserved' && verify && state === 'EL1';
  if (whole) yield* structuralMutants(program, front, end);
  if (state === 'EL1' || breadcrumbs) yield* operandMutants(program, 0, front);
  // What stops the routine, and says so.
  if (verify && breadcrumbs) yield* structuralMutants(program, blocks(program)[1], end);
  if (verify && breadcrumbs) yield* operandMutants(program, blocks(program)[1], end);
  if (!whole) return;
  const [from, to] = blocks(program);
  // Rounds repeat themselves under other names: those of the first groups stand for all.
  yield* operandMutants(program, from, from + 24);
  const plain = program.items.findIndex((item) => textOf(item) === 'add x17, x25, #0x40');
  yield* operandMutants(program, plain, plain + 52);
  yield* operandMutants(program, to - 22, to);
}

const tally = new Tally();
const used = new Set<Harmless>();

function excuse(list: readonly Harmless[], mutant: Mutant): boolean {
  const found = list.find(({ matches }) => matches(mutant));
  if (found !== undefined) used.add(found);
  return found !== undefined;
}

describe('an emitter that is wrong', () => {
  test.each(chosen(variants))(
    '$strategy at $state, verify $verify, breadcrumbs $breadcrumbs',
    async (variant) => {
      const bench = new Workbench(await subjectOf(variant));
      const program = programOf(bench.words);
      expect(await bench.refusal(unbroken(program))).toBeUndefined();
      const unexcused: string[] = [];
      for (const mutant of mutantsOf(variant, program)) {
        if (excuse(equivalent, mutant)) tally.count(mutant, 'equivalent');
        else if ((await bench.refusal(mutant)) !== undefined) tally.count(mutant, 'refused');
        else if (excuse(harmless, mutant)) tally.count(mutant, 'harmless');
        else unexcused.push(`${mutant.change}: ${mutant.text}`);
      }
      expect(unexcused).toEqual([]);
    },
    300_000,
  );
});

describe('vectors that are wrong', () => {
  const variant: Variant = { strategy: 'reserved', state: 'soft restart', verify: false, breadcrumbs: false };
  const vectorsOf = async () => {
    const subject = await subjectOf(variant);
    const { vectors = 0n, jump } = subject.loaded.plan.stage;
    const { buffer, byteOffset } = subject.loaded.image.writable(pfnOf(vectors));
    return { subject, words: new Uint32Array(buffer, byteOffset, 512), jump: Number(jump - vectors) / 4 };
  };
  const verdictOf = async ({ loaded, reality }: Subject): Promise<string | undefined> =>
    await rehearse(loaded, reality).then(
      () => undefined,
      ({ complaint }: RebootError) => complaint,
    );

  test('all but the jump are for exceptions that never come: any other words do', async () => {
    const { subject, words, jump } = await vectorsOf();
    for (const at of words.keys()) if (at !== jump) words[at] = 0;
    expect(await verdictOf(subject)).toBeUndefined();
  });

  test('the jump removed, exchanged or with another register is refused', async () => {
    const wrong = [encode('nop'), encode('b', 0), encode('br', 27), encode('br', 29), encode('hvc', 0), encode('eret')];
    for (const word of wrong) {
      const { subject, words, jump } = await vectorsOf();
      words[jump] = word;
      expect(await verdictOf(subject)).toBeDefined();
    }
    for (const other of [-1, 1]) {
      const { subject, words, jump } = await vectorsOf();
      [words[jump], words[jump + other]] = [words[jump + other] ?? 0, words[jump] ?? 0];
      expect(await verdictOf(subject)).toBeDefined();
    }
  });
});

// What only all variants together show.
if (everyTest())
  describe('the list of what is harmless', () => {
    test('has no entry that no mutant needs', () => {
      const unused = [...equivalent, ...harmless].filter((entry) => !used.has(entry));
      expect(unused.map(({ reason }) => reason)).toEqual([]);
    });

    test('README says what these tests found', () => {
      const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
      expect(tally.of(['removed', 'duplicated', 'exchanged'], ['refused'])).toBeGreaterThan(3000);
      expect(readme).toContain(tally.table());
      expect(readme).toContain(`${harmless.length} reasons`);
    });
  });
