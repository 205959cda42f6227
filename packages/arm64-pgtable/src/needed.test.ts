import { describe, expect, test } from 'vitest';
import * as pgtable from './index.ts';

const { buildTables, planEdit, shapeOf, TableArena, walk } = pgtable;

const space: pgtable.Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
const attributes: pgtable.Attributes = { type: 'Normal', writable: true, executable: false };
const mappings: pgtable.Mapping[] = [{ va: 0n, pa: 0n, size: 0x1000n, attributes }];
const arena = new TableArena(16, 8, 1024);
const root = buildTables(space, mappings, arena.pages, arena);
const shape = shapeOf(space);
const edit: pgtable.Edit = { kind: 'unmap', va: 0n, size: 0x1000n };
const { steps } = planEdit(space, root, arena, edit, []);
const access = { write: false, user: false };

/** Functions, and arguments that they take; the objects among these are what is put something else in the place of. */
const calls: [name: string, args: readonly unknown[]][] = [
  ['shapeOf', [space]],
  ['sameSpace', [space, space]],
  ['pageInSpace', [space, 0n]],
  ['addressInSpace', [space, 0]],
  ['pagesPerEntry', [shape, 3]],
  ['startLevel', [shape, 39]],
  ['encodeAttributes', [attributes, space, shape]],
  ['decodeAttributes', [0, 0, space, shape]],
  ['sameAttributes', [attributes, attributes]],
  ['attributesText', [attributes]],
  ['countTables', [space, mappings]],
  ['buildTables', [space, mappings, arena.pages, arena]],
  ['TableArena', [16, 8, 1024, new Uint32Array(8 * 1024)]],
  ['sourceOf', [arena]],
  ['walk', [space, root, arena, 0]],
  ['TableWalker', [space, root, arena]],
  ['parOf', [space, 0n, walk(space, root, arena, 0), access]],
  ['permits', [attributes, access]],
  ['listMappings', [space, root, arena]],
  ['diffTables', [space, { runs: [] }, { runs: [] }]],
  ['checkTables', [space, root, arena, []]],
  ['explainDescriptor', [space, 3, 0, 0]],
  ['translationRegisters', [space, 0n]],
  ['planEdit', [space, root, arena, edit, [], {}]],
  ['tablesForEdit', [space, root, arena, edit, {}]],
  ['applyEdit', [{ steps }, arena]],
  ['checkSteps', [space, root, arena, steps, {}]],
];

const exported = new Map<string, unknown>(Object.entries(pgtable));

function call(name: string, args: readonly unknown[]): unknown {
  const target = exported.get(name);
  if (typeof target !== 'function') throw new TypeError(`${name} is no function`);
  return name.startsWith('Table') ? Reflect.construct(target, args) : Reflect.apply(target, undefined, args);
}

describe.for(calls)('%s', ([name, args]) => {
  test('takes what it is given here', () => {
    expect(() => call(name, args)).not.toThrow();
  });

  for (const [index, arg] of args.entries()) {
    if (typeof arg !== 'object') continue;
    test.for([null, 7, 'kexec'])(`refuses in place of argument ${index}: %s`, (value) => {
      expect(() => call(name, args.with(index, value))).toThrow(
        expect.objectContaining({ name: 'PageTableError', code: 'EINVAL', hint: expect.stringMatching(/./) }),
      );
    });
  }
});
