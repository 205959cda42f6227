import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { plainErrors } from './structure/plain-errors.mjs';
import { isTestFile, sourceFiles } from './structure/syntax.mjs';
import { root, workspaceMembers } from './testing/copy-of-tree.ts';

type ErrorClass = new (code: string, message: string, hint: string, details?: object) => Error;

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && value.prototype instanceof Error;
}

/** Every class of errors that a package exports. */
async function errorClasses(): Promise<{ name: string; member: string; ErrorOfPackage: ErrorClass }[]> {
  const entries = workspaceMembers()
    .map((member) => ({ member, file: join(root, member, 'dist/index.js') }))
    .filter(({ member, file }) => member.startsWith('packages/') && existsSync(file));
  const modules = entries.map(async ({ member, file }) => {
    const exported: Record<string, unknown> = await import(pathToFileURL(file).href);
    return Object.entries(exported).flatMap(([name, value]) =>
      isErrorClass(value) ? [{ name, member, ErrorOfPackage: value }] : [],
    );
  });
  return (await Promise.all(modules)).flat();
}

const classes = await errorClasses();

test('there are errors to look at', () => {
  expect(classes.length).toBeGreaterThan(5);
});

describe.each(classes)('$name of $member', ({ name, ErrorOfPackage }) => {
  test('is made of code, message, hint', () => {
    // Details are optional, but for faults of the machine, which all have some.
    const error = new ErrorOfPackage('EINVAL', 'what', 'hint', {});
    expect(error).toMatchObject({ name, code: 'EINVAL', hint: 'hint' });
    expect(error.message).toBe('what');
    expect(error).not.toHaveProperty('cause');
  });

  test('carries details and the cause as they are', () => {
    const cause = new Error('below');
    const error = new ErrorOfPackage('EINVAL', 'what', 'hint', { cause });
    expect(error.cause).toBe(cause);
    expect(error.message).toBe('what');
  });

  test('shows its fields, and nothing else, to whoever writes it to a log', () => {
    const error = new ErrorOfPackage('EINVAL', 'what', 'hint', { cause: new Error('below') });
    const keys = Object.keys(error);
    expect(keys).toEqual(expect.arrayContaining(['name', 'code', 'hint']));
    expect(keys).not.toContain('cause');
    expect(keys).not.toContain('details');
    for (const [key, value] of Object.entries(error)) expect(typeof value, key).not.toBe('function');
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name, code: 'EINVAL', hint: 'hint' });
  });
});

test('no package, and no application, makes an error that is of no class of its own', () => {
  const files = sourceFiles(root, ['packages', 'apps']).filter((file) => !isTestFile(file));
  expect(files.flatMap((file) => plainErrors(root, file))).toEqual([]);
});
