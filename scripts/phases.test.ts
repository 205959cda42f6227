import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { phaseOrder } from '../packages/reboot/src/phases.ts';
import { namesPhases } from './structure/phases.mjs';
import { isTestFile, sourceFiles } from './structure/syntax.mjs';
import { root } from './testing/copy-of-tree.ts';

const TABLE = 'packages/reboot/src/phases.ts';
/** Steps of a host in a rollout have a table of their own, packages/rollout/src/status/phases.ts; some are called as phases of a reboot are. */
const ROLLOUTS = /^(packages\/(rollout|fleet)|apps\/web\/src\/features\/fleet)\//;
const names = new Set<string>(phaseOrder.map(({ name }) => name));

test('no phase is named outside the table of phases', () => {
  const files = sourceFiles(root).filter((file) => !isTestFile(file) && file !== TABLE && !ROLLOUTS.test(file));
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => namesPhases(root, file, names))).toEqual([]);
});

describe('a phase that is named is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-phases-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The lines of a file of this text that name a phase. */
  function found(text: string): string[] {
    writeFileSync(join(folder, 'named.tsx'), `${text}\n`);
    return namesPhases(folder, 'named.tsx', names);
  }

  test('in a file of the tree, on its line', () => {
    const text = readFileSync(join(root, 'packages/reboot/src/published.ts'), 'utf8');
    expect(found(text)).toEqual([]);
    const named = text.replace('phase: phases.checksum.name', "phase: 'checksum'");
    const line = named.split('\n').findIndex((each) => each.includes("phase: 'checksum'")) + 1;
    expect(found(named)).toEqual([`named.tsx:${line}`]);
  });

  test.each([
    ['as a value', "export const event = { type: 'phase', phase: 'plan' };"],
    ['as a default', "export const a = (phase = 'load') => phase;"],
    ['as a value that is chosen', "export const a = (b: boolean) => ({ phase: b ? 'plan' : undefined });"],
    ['in a list', "export const timed: readonly Phase[] = [];\nexport const phasesOfOurs = ['load', 'prove'];"],
    ['in a comparison', "export const a = (event: Event) => event.phase === 'prove';"],
    ['in a comparison of names', "export const a = ({ phase }: RebootError) => phase?.name !== 'stage';"],
    [
      'in a switch',
      "export function a(phase: PhaseName): number {\n  switch (phase) {\n    case 'plan':\n      return 1;\n  }\n  return 0;\n}",
    ],
    ['in a search', "export const a = (phase: PhaseName) => ['shutdown', 'startup'].includes(phase);"],
    ['as a key of the table', "export const a = phases['checksum'];"],
    ['as a key of a record', 'export const a: Readonly<Record<PhaseName, number>> = { plan: 1, load: 2 };'],
    [
      'as a key of an object that satisfies one',
      'export const a = { startup: 1 } satisfies Partial<Record<TimedPhase, number>>;',
    ],
    ['in a type', "export type Ours = Exclude<PhaseName, 'startup'>;"],
    ['in the type of a field', "export interface A {\n  readonly phase: 'relocation' | undefined;\n}"],
    ['in an attribute', 'export const a = () => <td data-phase="startup" />;'],
  ])('%s', (_, text) => {
    expect(found(text)).toHaveLength(1);
  });

  test.each([
    ['a kind of something else', "export const a = { kind: 'relocation', phase: phases.relocation };"],
    ['a comparison of kinds', "export const a = (stage: StagePlan) => stage.kind === 'relocation';"],
    ['the name of a command', "export const a = { name: 'prove' };"],
    ['a property', 'export const a = { plan, load: 1, phase: phases.load };'],
    ['a field of a record by something else', 'export const a: Seconds = { startup: 1 };'],
    ['a row of the table', 'export const a = phases.startup.name;'],
    ['a word in a text', "export const a = { phase: phases.plan, doing: 'plan and load' };"],
  ])('what is not a phase is not found: %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });
});
