import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../src/run.ts';

/** Runs the tool in this process. */
async function kexeckit(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
  });
  return { code, out, err };
}

test('a host on which loading is disabled is told so, with exit code 1', async () => {
  const root = mkdtempSync(join(tmpdir(), 'kexeckit-host-'));
  try {
    const file = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    file('proc/sys/kernel/kexec_load_disabled', '1\n');
    file('proc/sys/kernel/osrelease', '6.1.0-50-arm64\n');
    const plain = await kexeckit('preflight', '--root', root);
    expect(plain.code).toBe(1);
    expect(plain.out).toMatch(/✗.*kexec_load_disabled/);
    expect(plain.err).toMatch(/in the way of kexec on this host/);
    const json = await kexeckit('preflight', '--root', root, '--json');
    expect(JSON.parse(json.out)[0]).toMatchObject({ severity: 'blocker' });
  } finally {
    rmSync(root, { recursive: true });
  }
});
