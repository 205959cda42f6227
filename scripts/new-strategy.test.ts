import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namesStrategy } from './structure/strategies.mjs';
import { isTestFile, sourceFiles } from './structure/syntax.mjs';
import { CopyOfTree, root } from './testing/copy-of-tree.ts';

const RECORDS = 'packages/relocation/src/strategies.ts';
const NEW = 'mmu-on-again';

let copy: CopyOfTree;

beforeAll(() => {
  copy = new CopyOfTree();
  copy.edit(RECORDS, withOneMoreRecord);
  copy.build('apps/cli');
});

afterAll(() => copy.remove());

/** The file with a copy of the record of mmu-on behind it, under the new name. */
function withOneMoreRecord(text: string): string {
  return text.replace(/^ {2}\{\n {4}name: 'mmu-on',[\s\S]*?^ {2}\},\n/m, (record) => {
    return record + record.replace("'mmu-on'", `'${NEW}'`);
  });
}

describe('a new strategy is one record in packages/relocation/src/strategies.ts', () => {
  test('the command lists it', () => {
    const { status, stdout } = copy.kexeckit('reboot', '--help');
    expect(stdout).toContain(NEW);
    expect(status).toBe(0);
  });

  test('it is planned, proved and run', () => {
    const { status, stdout } = copy.kexeckit('reboot', '--strategy', NEW, '--no-checks', '--json');
    expect(JSON.stringify(JSON.parse(stdout))).toContain(`"strategy":"${NEW}"`);
    expect(status).toBe(0);
  });

  test('the documents list it', () => {
    expect(copy.run('node', 'scripts/tables.mjs', '--check').status).toBe(1);
    expect(copy.run('node', 'scripts/tables.mjs')).toMatchObject({ status: 0, output: '' });
    expect(copy.run('node', 'scripts/tables.mjs', '--check')).toMatchObject({ status: 0, output: '' });
    for (const file of ['README.md', 'packages/relocation/README.md'])
      expect(copy.read(file)).toMatch(new RegExp(`^\\| \`${NEW}\` \\| .+ \\|$`, 'm'));
  });

  test('the page has it', () => {
    expect(copy.runIn('apps/web', 'tsc', '-p', 'tsconfig.json')).toMatchObject({ status: 0, output: '' });
    expect(copy.runIn('apps/web', 'vite', 'build', '--outDir', 'dist-of-test').status).toBe(0);
    const scripts = readdirSync(copy.path('apps/web/dist-of-test/assets')).filter((name) => name.endsWith('.js'));
    const withIt = scripts.filter((name) => copy.read(`apps/web/dist-of-test/assets/${name}`).includes(NEW));
    expect(withIt).toContainEqual(expect.stringMatching(/^index-/));
  });
});

test('the applications name no strategy', () => {
  const files = sourceFiles(root, ['apps']).filter((file) => !isTestFile(file));
  expect(files.filter((file) => namesStrategy(root, file))).toEqual([]);
});
