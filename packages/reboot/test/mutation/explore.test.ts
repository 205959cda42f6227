import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { areIndependent, repeatsItself } from './effects.ts';
import { unbroken, Workbench } from './judge.ts';
import { literalMutants, operandMutants, structuralMutants } from './mutants.ts';
import { programOf } from './program.ts';
import { subjectOf, type Variant } from './variants.ts';

const E = (process.env.V ?? 'mmu-on,EL1,1,1').split(',');
test('explore', async () => {
  const v: Variant = { strategy: E[0] as never, state: E[1] as never, verify: E[2] === '1', breadcrumbs: E[3] === '1' };
  const bench = new Workbench(await subjectOf(v));
  const program = programOf(bench.words);
  const targets = new Set(program.items.map((i) => i.target));
  expect(await bench.refusal(unbroken(program))).toBeUndefined();
  const n = Math.min(program.items.length, Number(process.env.TO ?? 9999));
  const from = Number(process.env.FROM ?? 0);
  const out: string[] = [];
  const t = performance.now();
  let count = 0;
  const why = new Map<string, number>();
  const kinds = process.env.K ?? 'sol';
  const gens = [
    ...(kinds.includes('s') ? [structuralMutants(program, from, n)] : []),
    ...(kinds.includes('o') ? [operandMutants(program, from, n)] : []),
    ...(kinds.includes('l') ? [literalMutants(program)] : []),
  ];
  let slow = 0;
  for (const g of gens)
    for (const m of g) {
      count++;
      const item = program.items[m.at];
      const next = program.items[m.at + 1];
      if (m.change === 'duplicated' && item && repeatsItself(item)) {
        why.set('H-DUP', (why.get('H-DUP') ?? 0) + 1);
        continue;
      }
      if (m.change === 'exchanged' && item && next && !targets.has(m.at + 1) && areIndependent(item, next)) {
        why.set('H-EXC', (why.get('H-EXC') ?? 0) + 1);
        continue;
      }
      const t0 = performance.now();
      const r = await bench.refusal(m);
      slow = Math.max(slow, performance.now() - t0);
      if (r === undefined) out.push(`${m.change} ${m.at} ${m.text}`);
      why.set(r ?? 'SURVIVES', (why.get(r ?? 'SURVIVES') ?? 0) + 1);
    }
  const text = [
    `${E} ${n} items, ${count} mutants, ${((performance.now() - t) / 1000).toFixed(1)} s, slowest ${slow.toFixed(0)} ms`,
    ...[...why].map(([k, c]) => `${c} ${k}`),
    ...out,
  ].join('\n');
  writeFileSync(`/tmp/explore-${E.join('-')}-${kinds}.txt`, text);
  console.log(text);
}, 600000);
