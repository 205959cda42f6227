import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CopyOfTree, workspaceMembers } from './testing/copy-of-tree.ts';

let copy: CopyOfTree;

beforeAll(() => {
  copy = new CopyOfTree();
});

afterEach(() => copy.restore());

afterAll(() => copy.remove());

/** Makes one package depend on another, import it in a file, and asks turbo. */
function importOf(member: string, file: string, imported: string): { status: number | null; output: string } {
  copy.edit(`${member}/package.json`, (text) => {
    const manifest = JSON.parse(text);
    manifest.dependencies = { ...manifest.dependencies, [imported]: 'workspace:^' };
    return JSON.stringify(manifest);
  });
  copy.append(`${member}/${file}`, `export type {} from '${imported}';`);
  return copy.run('turbo', 'boundaries');
}

describe('the floors', () => {
  test('hold as they are', () => {
    expect(copy.run('turbo', 'boundaries')).toMatchObject({ status: 0 });
    expect(copy.run('biome', 'lint', 'packages/a64/src')).toMatchObject({ status: 0 });
  });

  test('every package and app has a floor, every tool is one', () => {
    for (const member of workspaceMembers()) {
      const { tags } = JSON.parse(copy.read(`${member}/turbo.json`));
      expect(tags, member).toContainEqual(
        expect.stringMatching(member.startsWith('tools/') ? /^tool$/ : /^floor-[0-6]$/),
      );
    }
  });

  test.each([
    ['one floor up', 'packages/ioport', 'src/index.ts', '@kexeckit/relocation'],
    ['many floors up', 'packages/cmdline', 'src/index.ts', '@kexeckit/linux'],
    ['up in a test', 'packages/relocation', 'src/segment.test.ts', '@kexeckit/reboot'],
    ['up from the ground', 'packages/fdt', 'src/index.ts', '@kexeckit/boot-image'],
    ['sideways on floor 1', 'packages/cmdline', 'src/index.ts', '@kexeckit/ioport'],
    ['sideways on floor 2', 'packages/relocation', 'src/index.ts', '@kexeckit/arm64-machine'],
    ['sideways on floor 4', 'packages/linux', 'src/index.ts', '@kexeckit/qemu'],
    ['of fleets on paper by those who run them', 'packages/rollout', 'src/index.ts', '@kexeckit/fleet'],
    ['of what needs Node in the page', 'apps/web', 'src/main.tsx', '@kexeckit/qemu'],
    ['of a package in a tool', 'tools/bench', 'src/index.ts', '@kexeckit/ioport'],
  ])('an import %s fails the check', (_, member, file, imported) => {
    const { status, output } = importOf(member, file, imported);
    expect(output).toContain(imported);
    expect(status).toBe(1);
  });

  test.each(['src/index.ts', 'src/plan-stage.test.ts'])(
    'an import that is not declared fails the check: %s',
    (file) => {
      copy.append(`packages/relocation/${file}`, "export { memparse } from '@kexeckit/cmdline';");
      const { status, output } = copy.run('turbo', 'boundaries');
      expect(output).toContain('@kexeckit/cmdline');
      expect(status).toBe(1);
    },
  );
});

describe('what runs in browsers', () => {
  test.each(['packages/a64/src/index.ts', 'apps/web/src/main.tsx'])('no node: in %s', (file) => {
    copy.append(file, "export { readFileSync } from 'node:fs';");
    const { status, output } = copy.run('biome', 'lint', file);
    expect(output).toContain('noNodejsModules');
    expect(status).toBe(1);
  });

  test('no Buffer, no process', () => {
    copy.append('packages/reboot/src/index.ts', 'export const here: string = process.cwd() + Buffer.from("x");');
    const { status, output } = copy.run('biome', 'lint', 'packages/reboot/src/index.ts');
    expect(output.match(/noRestrictedGlobals/g)).toHaveLength(2);
    expect(status).toBe(1);
  });

  test('nor by another way', () => {
    const ways = {
      'later.ts': "export const fs: Promise<unknown> = import('node:fs');",
      'view.tsx': "export { readFileSync } from 'node:fs';",
      'fixtures/folder.ts': "export { readFileSync } from 'node:fs';",
      'reflection.ts': "export const p: unknown = Reflect.get(globalThis, 'process');",
      'all.ts': 'export const p: unknown[] = Object.entries(globalThis);',
      'owner.ts': 'export const p: unknown = globalThis.process;',
      'self.ts': "export const p: unknown = Reflect.get(self, 'process');",
      'code.ts': "export const p: unknown = new Function('return process')();",
    };
    for (const [file, text] of Object.entries(ways)) copy.write(`packages/fdt/src/ways/${file}`, `${text}\n`);
    const { output } = copy.run('biome', 'lint', 'packages/fdt/src/ways');
    const found = [...output.matchAll(/ways\/(\S+?):\d.*(?:noNodejsModules|noRestrictedGlobals)/g)].map(
      ([, file]) => file,
    );
    expect(found.toSorted()).toEqual(Object.keys(ways).toSorted());
  });

  test('the packages for Node may have both', () => {
    copy.write(
      'packages/qemu/src/extra.ts',
      "import { readFileSync } from 'node:fs';\n\nexport const here: string = process.cwd() + Buffer.from(readFileSync('x'));\n",
    );
    expect(copy.run('biome', 'lint', 'packages/qemu/src/extra.ts')).toMatchObject({ status: 0 });
  });
});

test('the table of floors in ARCHITECTURE.md names each package once, on its floor', () => {
  const rows = [...copy.read('ARCHITECTURE.md').matchAll(/^\| (\d) \| `([\w/-]+)` \|/gm)];
  const written = rows.map(
    ([, floor, name]) => `${name?.startsWith('apps/') ? '' : 'packages/'}${name}: floor-${floor}`,
  );
  const real = workspaceMembers()
    .filter((member) => !member.startsWith('tools/'))
    .map((member) => `${member}: ${JSON.parse(copy.read(`${member}/turbo.json`)).tags[0]}`);
  expect(written.toSorted()).toEqual(real.toSorted());
});
