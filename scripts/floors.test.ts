import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = dirname(import.meta.dirname);
let copy: string;

/** A copy of the tracked tree, so that a rule can be broken for a moment. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'kexeckit-floors-'));
  const tracked = execFileSync('git', ['ls-files', '-z', 'packages', 'apps', '*.json', '*.yaml', '.gitignore'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of tracked.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  execFileSync('git', ['init', '-q'], { cwd: copy });
});

afterEach(() => rmSync(copy, { recursive: true }));

function check(tool: string, ...args: string[]): { status: number | null; output: string } {
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    TURBO_TELEMETRY_DISABLED: '1',
    NO_COLOR: '1',
  };
  const { status, stdout, stderr } = spawnSync(tool, args, { cwd: copy, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

const breakRule = (file: string, line: string): void => appendFileSync(join(copy, file), `\n${line}\n`);

describe('the floors', () => {
  test('hold as they are', () => {
    expect(check('turbo', 'boundaries')).toMatchObject({ status: 0 });
    expect(check('biome', 'lint', 'packages/a64/src')).toMatchObject({ status: 0 });
  });

  test('an upward import fails the check', () => {
    breakRule('packages/ioport/src/index.ts', "export type { Timeline } from '@kexeckit/reboot';");
    const { status, output } = check('turbo', 'boundaries');
    expect(status).toBe(1);
    expect(output).toContain('@kexeckit/reboot');
  });

  test('a sideways import fails the check, declared or not', () => {
    breakRule('packages/cmdline/src/index.ts', "export { parseIomem } from '@kexeckit/ioport';");
    expect(check('turbo', 'boundaries')).toMatchObject({ status: 1 });
    const manifest = join(copy, 'packages/cmdline/package.json');
    execFileSync('sed', ['-i', 's#"files"#"dependencies": { "@kexeckit/ioport": "workspace:^" }, "files"#', manifest]);
    expect(check('turbo', 'boundaries')).toMatchObject({ status: 1 });
  });

  test('node: in an isomorphic package fails the check; in qemu it does not', () => {
    breakRule('packages/a64/src/index.ts', "export { readFileSync } from 'node:fs';");
    const broken = check('biome', 'lint', 'packages/a64/src');
    expect(broken.status).toBe(1);
    expect(broken.output).toContain('noNodejsModules');
    breakRule('packages/qemu/src/index.ts', "export { readFileSync } from 'node:fs';");
    expect(check('biome', 'lint', 'packages/qemu/src')).toMatchObject({ status: 0 });
  });

  test('Buffer and process in an isomorphic package fail the check', () => {
    breakRule('packages/reboot/src/error.ts', 'export const here: string = process.cwd() + Buffer.from("x");');
    const { status, output } = check('biome', 'lint', 'packages/reboot/src');
    expect(status).toBe(1);
    expect(output).toContain('noRestrictedGlobals');
  });
});
