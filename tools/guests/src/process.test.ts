import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Boot, type Guest, withGuest } from './boot.ts';

let folder: string;
const path = process.env.PATH;
const temporary = process.env.TMPDIR;

/** A program in QEMU's place. */
function putQemu(script: string): void {
  const program = join(folder, 'qemu-system-aarch64');
  writeFileSync(program, `#!/bin/sh\necho $$ > ${folder}/pid\n${script}\n`);
  chmodSync(program, 0o755);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-process-'));
  process.env.PATH = `${folder}${delimiter}${path}`;
  process.env.TMPDIR = folder;
});

afterEach(() => {
  process.env.PATH = path;
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
  rmSync(folder, { recursive: true });
});

const boot: Boot = {
  firmware: 'dt',
  level: 'EL1',
  kernel: '/nowhere/Image',
  initramfs: new TextEncoder().encode('the initramfs'),
  cmdline: 'a=b',
  deadlineMs: 20_000,
};

/** Whether anybody is left of the group of the program in QEMU's place; who only waits to be buried is not. */
function isGroupThere(): boolean {
  const leader = existsSync(join(folder, 'pid')) ? readFileSync(join(folder, 'pid'), 'utf8').trim() : '';
  return readdirSync('/proc').some((pid) => {
    const [, state, group] = /^\d+ \(.*\) (\S) \d+ (\d+) /s.exec(statOf(pid)) ?? [];
    return state !== undefined && state !== 'Z' && group === leader;
  });
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const off = (guest: Guest): Promise<string> => guest.off();

describe('a guest', () => {
  test('gets its initramfs and its command line, and leaves no file', async () => {
    putQemu('cat /dev/fd/3; echo; echo "$@"');
    const console = await withGuest(boot, off);
    expect(console).toMatch(
      /^the initramfs\n.*-kernel \/nowhere\/Image -initrd \/dev\/fd\/3 -append console=ttyAMA0 panic=-1 a=b\n$/,
    );
    expect(readdirSync(folder).toSorted()).toEqual(['pid', 'qemu-system-aarch64']);
  });

  test('can be typed to', async () => {
    putQemu('echo ready; read -r line; echo "got $line"');
    const seen = await withGuest(boot, async (guest) => {
      await guest.waitFor(/ready/);
      guest.type('this\n');
      return guest.waitFor(/got (.*)\n/);
    });
    expect(seen.match[1]).toBe('this');
  });

  test('that fails says how, and shows the end of its console', async () => {
    putQemu('echo "the console"; echo "the complaint" >&2; exit 3');
    await expect(withGuest(boot, off)).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringMatching(/the complaint.*\n {2}\| the console$/),
      console: 'the console\n',
    });
    await expect(withGuest(boot, (guest) => guest.waitFor(/never/))).rejects.toMatchObject({ code: 'EIO' });
  });
});

describe('nothing is left', () => {
  const withChild = 'sleep 600 & echo up; sleep 600';

  test('at the deadline', async () => {
    putQemu(withChild);
    await expect(withGuest({ ...boot, deadlineMs: 300 }, off)).rejects.toMatchObject({ code: 'ETIME' });
    await until(() => !isGroupThere());
  });

  test('when the test fails', async () => {
    putQemu(withChild);
    const failure = new TypeError('the test');
    await expect(
      withGuest(boot, async (guest) => {
        await guest.waitFor(/up/);
        expect(isGroupThere()).toBe(true);
        throw failure;
      }),
    ).rejects.toBe(failure);
    await until(() => !isGroupThere());
  });

  test('when the test is over', async () => {
    putQemu(withChild);
    const controller = new AbortController();
    const run = withGuest({ ...boot, signal: controller.signal }, async (guest) => {
      await guest.waitFor(/up/);
      controller.abort();
      return guest.off();
    });
    await expect(run).rejects.toMatchObject({ code: 'EIO', message: expect.stringContaining('ended early') });
    await until(() => !isGroupThere());
  });

  test('when the process of the test is killed', async () => {
    putQemu(withChild);
    const program = `import { withGuest } from ${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))};
await withGuest({ ...${JSON.stringify({ ...boot, initramfs: undefined })}, initramfs: new Uint8Array(1) }, (g) => g.off());`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    await until(isGroupThere);
    child.kill('SIGKILL');
    await until(() => !isGroupThere());
  });
});
