import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ASK_SCRIPT, askCommand, WRITE_SCRIPT, writeCommand } from './install.ts';

const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
const sha256 = createHash('sha256').update(bytes).digest('hex');

function run([program, ...args]: readonly [string, ...string[]], input: Uint8Array = Buffer.alloc(0)) {
  const { status, stdout } = spawnSync(program, args, { input, encoding: 'utf8' });
  return { status, stdout };
}

describe('the scripts of an installation', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kexeckit it's "));
    path = join(folder, 'a b', '$(x)', 'kexeckit');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('write a file for its owner alone, and find it again', () => {
    expect(run(askCommand(path, sha256))).toEqual({ status: 0, stdout: 'missing\n' });
    expect(run(writeCommand(path, sha256), bytes)).toEqual({ status: 0, stdout: 'present\n' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'a b')).mode & 0o777).toBe(0o700);
    expect(run(askCommand(path, sha256))).toEqual({ status: 0, stdout: 'present\n' });
    expect(readdirSync(join(folder, 'a b', '$(x)'))).toEqual(['kexeckit']);
  });

  it('leave nothing of what came otherwise, and what was there before', () => {
    run(writeCommand(path, sha256), bytes);
    writeFileSync(path, 'other');
    expect(run(askCommand(path, sha256)).stdout).toBe('missing\n');
    expect(run(writeCommand(path, sha256), bytes.subarray(1))).toEqual({ status: 3, stdout: '' });
    expect(readFileSync(path, 'utf8')).toBe('other');
    expect(readdirSync(join(folder, 'a b', '$(x)'))).toEqual(['kexeckit']);
    expect(run(writeCommand(path, sha256), bytes).status).toBe(0);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('believe no link', () => {
    const real = join(folder, 'real');
    writeFileSync(real, bytes);
    symlinkSync(real, join(folder, 'link'));
    expect(run(askCommand(join(folder, 'link'), sha256)).stdout).toBe('missing\n');
  });

  it('fail where they cannot write', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(run(writeCommand(join(folder, 'file', 'x'), sha256), bytes).status).not.toBe(0);
  });

  it('are the same for every file', () => {
    expect(ASK_SCRIPT + WRITE_SCRIPT).not.toContain(sha256);
    expect(askCommand(path, sha256).slice(0, 4)).toEqual(['sh', '-c', ASK_SCRIPT, 'sh']);
  });
});
