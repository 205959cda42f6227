import { isRule, MachineFault } from '@kexeckit/arm64-machine';
import { figureOf, proveReboot, RebootError, reboot } from '@kexeckit/reboot';
import { prove, type StrategyName } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { defaultWishes, readWishes, type WishTexts } from '../../desk/wishes.ts';
import { pageStates } from './facts.ts';
import { deedOf } from './sabotage.ts';
import { type SabotageName, sabotageNames } from './sabotages.ts';
import { type PlayerProgress, PlayerSession } from './session.ts';

function inputsWith(changes: Partial<WishTexts> = {}): RebootInputs {
  const { wishes } = readWishes({ ...defaultWishes, kernelMib: '1', initrdMib: '1', ...changes });
  if (wishes === undefined) throw new TypeError('wishes that cannot be');
  return { wishes, files: {} };
}

const open = (strategy: StrategyName, sabotage?: SabotageName, changes?: Partial<WishTexts>): Promise<PlayerSession> =>
  PlayerSession.open(inputsWith(changes), { strategy, sabotage });

/** Who catches it and where, on another road: what the simulated machine commits, which looks at nothing on the way. */
async function caughtBy(strategy: StrategyName, sabotage: SabotageName, changes?: Partial<WishTexts>) {
  const inputs = inputsWith(changes);
  const machine = machineOf(inputs);
  const { reality, ...loaded } = await proveReboot(machine, requestOf(inputs, strategy));
  const deed = deedOf(sabotage, loaded);
  if (deed === undefined) return undefined;
  deed();
  const { violations } = prove(loaded.plan.stage, loaded.image, loaded.contents, reality);
  const staged = await machine.stage(loaded);
  const refused = await staged.commit().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { proof: [...new Set(violations.map(({ invariant }) => invariant))], run: whoSays(refused) };
}

function whoSays(refused: unknown) {
  if (refused === undefined) return undefined;
  if (!(refused instanceof RebootError)) throw refused;
  const { cause, complaint } = refused;
  if (cause instanceof MachineFault) return { by: 'machine', name: cause.kind, pc: cause.pc, address: cause.address };
  return { by: complaint === 'digest' ? 'routine' : 'arrival', name: complaint };
}

describe('a reboot that nobody broke', () => {
  test.each([
    ['mmu-on', {}],
    ['mmu-on', { exceptionLevel: '1', softRestart: 'yes', breadcrumbs: 'yes' }],
    ['mmu-off', {}],
    ['reserved', {}],
    ['kernel', {}],
  ] as const)('runs to its jump, and nobody complains: %s %o', async (strategy, changes) => {
    const session = await open(strategy, undefined, changes);
    const { ending } = await reboot(machineOf(inputsWith(changes)), requestOf(inputsWith(changes), strategy));
    const { facts } = session;
    expect([facts.findings, facts.jumps]).toEqual([[], true]);
    expect(facts.total + 1).toBe(figureOf(ending, 'instructions retired'));
    const end = session.at(facts.total);
    expect(end.console).toBe(ending.breadcrumbs);
    expect([end.mmu, end.dataCache, end.dirtyLines, end.unfinishedPages]).toEqual([false, false, 0, 0]);
    expect([...end.pages].every((state) => state === pageStates.clean)).toBe(true);
    const line = facts.program.find(({ address }) => address === end.pc);
    expect(line?.text).toMatch(/^(br|eret)/);
    const filled = end.counters.find(([name]) => name === 'lines filled')?.[1];
    expect(filled).toBe(figureOf(ending, 'cache lines filled'));
  });

  test('is at every step what it is on the way there from the beginning', async () => {
    const session = await open('mmu-on');
    const { total } = session.facts;
    const steps = [0, 1, 15, 16, 20, 333, Math.floor(total / 3), Math.floor(total / 2), total - 30, total - 2, total];
    const onTheWay = steps.map((step) => session.at(step));
    for (const at of [10, 3, 9, 0, 8, 4, 1, 7, 5, 2, 6]) expect(session.at(steps[at] ?? 0)).toEqual(onTheWay[at]);
    expect(onTheWay.map(({ step }) => step)).toEqual(steps);
  });

  test.each([
    ['mmu-on', undefined],
    ['mmu-on', 'tlbi'],
    ['mmu-off', undefined],
    ['reserved', undefined],
    ['kernel', undefined],
  ] as const)(
    'is the same step by step and at once, where the MMU is switched as well: %s %s',
    async (strategy, sabotage) => {
      const session = await open(strategy, sabotage);
      const { total } = session.facts;
      for (const begin of [0, Math.max(0, total - 300)]) {
        const end = Math.min(total, begin + 300);
        const stepped = [];
        for (let step = begin; step <= end; step++) stepped.push(session.at(step));
        for (let step = end; step >= begin; step -= 7) {
          session.at(0);
          expect(session.at(step)).toEqual(stepped[step - begin]);
        }
      }
      session.at(0);
      const next = session.page(0, 1);
      for (const from of [12, 13, 14, 15, 16]) expect(session.page(from, 1)).toEqual(next);
    },
  );

  test('can be looked at before it has run', async () => {
    const told: PlayerProgress[] = [];
    const question = { strategy: 'mmu-on', sabotage: undefined } as const;
    const session = await PlayerSession.open(inputsWith(), question, (progress) => told.push(progress));
    const [planning, first, ...later] = told;
    expect(planning).toEqual({ doing: 'planning', steps: 0 });
    expect(first?.first?.state).toEqual(session.at(0));
    expect(first?.first?.facts).toEqual({ ...session.facts, total: 0, marks: [], jumps: false, stops: false });
    expect({ ...first?.first?.facts, ...session.run }).toEqual(session.facts);
    expect(later.filter((progress) => progress.first !== undefined)).toEqual([]);
  });

  test('goes page by page, to and fro', async () => {
    const session = await open('mmu-on');
    const whole = (pages: Uint8Array): number => pages.filter((state) => state >= pageStates.dirty).length;
    let state = session.at(0);
    const seen = [state.step];
    for (let page = 1; page <= 5; page++) {
      state = session.page(state.step, 1);
      expect(whole(state.pages)).toBe(page);
      seen.push(state.step);
    }
    for (let page = 4; page >= 0; page--) {
      state = session.page(state.step, -1);
      expect([state.step, whole(state.pages)]).toEqual([seen[page], page]);
    }
    const last = session.page(session.facts.total - 3, 1);
    expect(last.step).toBe(session.facts.total);
    const before = session.page(last.step, -1);
    expect(whole(before.pages)).toBe(before.pages.length);
  });

  test('says when each part begins', async () => {
    const { facts, ...session } = await open('mmu-on').then((opened) => ({
      facts: opened.facts,
      at: (step: number) => opened.at(step),
    }));
    expect(facts.marks.map(({ part }) => part)).toEqual([
      ...['enter', 'tables on', 'prepare', 'copy', 'verify', 'leave', 'tables off', 'hand over'],
    ]);
    const stepOf = (name: string): number => facts.marks.find(({ part }) => part === name)?.step ?? -1;
    expect(session.at(stepOf('tables on')).mmu).toBe(false);
    expect(session.at(stepOf('prepare')).mmu).toBe(true);
    expect(session.at(stepOf('copy')).entry).toBe(-1);
    expect(session.at(stepOf('verify')).entry).toBe(facts.entries.words.length - 1);
    expect(session.at(stepOf('hand over')).mmu).toBe(false);
  });
});

describe('a reboot that is broken', () => {
  const everywhere = sabotageNames.flatMap((name) => [
    [name, 'mmu-on', { verify: '', exceptionLevel: '1' }] as const,
    [name, 'mmu-off', {}] as const,
  ]);
  test.each([
    ...everywhere,
    ['bit', 'mmu-on', {}],
    ['clean', 'mmu-on', {}],
    ['list', 'mmu-on', {}],
    // Only a page to work in is cleaned there, which nobody looks at in the end.
    ['clean', 'reserved', {}],
    ['bit', 'reserved', { verify: '' }],
    ['ic', 'reserved', { verify: '' }],
  ] as const)('is caught by those who are said to: %s, %s %o', async (name, strategy, changes) => {
    const expected = await caughtBy(strategy, name, changes);
    const session = await open(strategy, name, changes);
    const { findings, possible, jumps, total } = session.facts;
    expect(possible.includes(name)).toBe(expected !== undefined);
    if (expected === undefined) {
      expect(findings).toEqual([]);
      return;
    }
    const proof = findings.filter(({ by }) => by === 'proof');
    expect(proof.map((finding) => finding.name)).toEqual(expected.proof);
    expect(proof.length).toBeGreaterThan(0);
    const rest = findings.filter(({ by }) => by !== 'proof');
    expect(rest).toHaveLength(expected.run === undefined ? 0 : 1);
    if (expected.run !== undefined) expect(rest[0]).toMatchObject({ ...expected.run, step: total });
    expect(jumps).toBe(expected.run === undefined || expected.run.by === 'arrival');
    // It is there still, whichever way one came.
    const end = session.at(total);
    session.at(Math.floor(total / 2));
    expect(session.at(total)).toEqual(end);
    expect(end.step).toBe(total);
    if (rest[0] !== undefined) expect(end.pc).toBe(rest[0].pc);
    // What lies behind the end is the end.
    for (const beyond of [1, 44]) {
      expect(session.page(total + beyond, 1)).toEqual(end);
      expect(session.page(total + beyond, -1)).toEqual(session.page(total, -1));
    }
  });

  test('some are rules that no hardware reports, one is a fault, one a digest', async () => {
    const byName = async (name: SabotageName) => {
      const { findings } = (await open('mmu-on', name)).facts;
      return findings.find(({ by }) => by !== 'proof');
    };
    for (const name of ['tlbi', 'ic', 'isb', 'dsb'] as const) {
      const found = await byName(name);
      expect([name, found?.by]).toEqual([name, 'machine']);
      expect(Object.values({ isRule: isRule(found?.name as Parameters<typeof isRule>[0]) })).toEqual([true]);
    }
    expect(await byName('descriptor')).toMatchObject({ by: 'machine', name: 'translation-fault' });
    expect(await byName('bit')).toMatchObject({ by: 'routine', name: 'digest' });
    expect(await byName('clean')).toMatchObject({ by: 'arrival', name: 'dirty lines' });
  });
});
