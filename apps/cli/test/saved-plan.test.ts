import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { generateWorkload, parsePlan } from '@kexeckit/reboot';
import { debianFiles, whyNoDebianKernel } from '@kexeckit/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { kexeckit, kexeckitHere, main, testFolder } from './kexeckit.ts';

const folder = testFolder();
const inFolder = (name: string): string => join(folder, name);

const iomem = join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem/raspberrypi_4b_4g.txt');

/** Saves a plan that somebody has changed by hand. */
function editByHand(plan: string): string {
  const edited = `${plan}.edited`;
  writeFileSync(edited, readFileSync(plan, 'utf8').replace('"seed": 1', '"seed": 2'));
  return edited;
}

describe('on the simulated machine', () => {
  const plan = inFolder('plan.json');
  const save = (file: string, ...args: string[]) =>
    kexeckitHere(['reboot', '--strategy', 'mmu-on', '--save-plan', file, ...args]);

  beforeAll(async () => {
    expect(await save(plan)).toMatchObject({ code: 0, err: '' });
  }, 60_000);

  test('a saved plan can be read again, and is the same for the same seed', async () => {
    const again = inFolder('again.json');
    await save(again);
    const text = readFileSync(plan, 'utf8');
    expect(readFileSync(again, 'utf8')).toBe(text);
    expect(parsePlan(text)).toMatchObject({ wishes: { seed: 1, strategy: 'mmu-on' } });
  });

  test('it is proved again: every invariant with its count, every segment, every step', async () => {
    const { code, out } = await kexeckitHere(['prove', plan]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}entry list +9,473 +pages +the list makes exactly the planned copies/m);
    expect(out).toMatch(/^ {2}kernel +13\.0 MiB {2}0x80000000 to 0x80cfffff {2}copied by the routine$/m);
    expect(out).toMatch(/around the reboot\n {2}1 {2}load into free pages\n {2}2 {2}prove\n/);
    const { out: json } = await kexeckitHere(['prove', plan, '--json']);
    expect(JSON.parse(json)).toMatchObject({ strategy: 'mmu-on', proof: { violations: [] } });
    expect(JSON.parse(json).steps.at(-1)).toEqual({ kind: 'jump' });
  });

  test('it runs from the file as it ran when it was made', async () => {
    const { code, out } = await kexeckit('run', plan);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}mmu-on +37\.0 MiB +13 +0\.030 +0\.023 +0\.015 +0\.290 +0\.358 s$/m);
  });

  test('it does not differ from itself, and differs from another one in what was asked for', async () => {
    expect(await kexeckitHere(['diff', plan, plan])).toEqual({ code: 0, out: 'the plans are the same\n', err: '' });
    const other = inFolder('other.json');
    await save(other, '--seed', '7');
    const { code, out } = await kexeckitHere(['diff', plan, other]);
    expect(code).toBe(1);
    expect(out).toMatch(/^wishes\.seed\n {2}- 1\n {2}\+ 7\n/);
    expect(out).toMatch(/\nand [\d,]+ more\n$/);
    const { out: json } = await kexeckitHere(['diff', plan, other, '--json']);
    const { changes, totals } = JSON.parse(json);
    expect(totals).toEqual({ changes: changes.length });
    expect(changes[0]).toEqual({ path: 'wishes.seed', before: '1', after: '7' });
  });

  test.each(['prove', 'run'])('%s refuses changed files by name', async (command) => {
    const { kernel, initrd } = generateWorkload(1 << 20, 1 << 20, 5);
    writeFileSync(inFolder('Image'), kernel);
    writeFileSync(inFolder('initrd'), initrd);
    const files = ['--kernel', inFolder('Image'), '--initrd', inFolder('initrd')];
    const { code, out, err } = await kexeckitHere([command, plan, ...files]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/ESTALE: .*the kernel file, the initrd file changed/);
    expect(err).toMatch(/kernel\.bytes\s+- 13631488\s+\+ 1048576\n/);
  });

  test.each(['prove', 'run'])('%s refuses another machine by name', async (command) => {
    const map = await kexeckitHere([command, plan, '--iomem', iomem]);
    expect(map.code).toBe(1);
    expect(map.err).toMatch(/while reading the machine .*\s+ESTALE: .*the memory map/);
    const level = await kexeckitHere([command, plan, '--el', '1']);
    expect(level.err).toMatch(/ESTALE: .*the exception level changed/);
  });

  test.each([
    ['prove', []],
    ['run', []],
    ['diff', [plan]],
  ])('%s refuses a plan that was changed by hand', async (command, more) => {
    const edited = editByHand(plan);
    const { code, out, err } = await kexeckitHere([command, ...more, edited]);
    expect(code).toBe(command === 'diff' ? 2 : 1);
    expect(out).toBe('');
    expect(err).toContain(`EBADMSG: ${edited}: the plan was changed after it was saved`);
  });

  test('a plan that is wrong is refused with the place', async () => {
    const wrong = inFolder('wrong.json');
    writeFileSync(wrong, readFileSync(plan, 'utf8').replace('"exceptionLevel": 2', '"exceptionLevel": 3'));
    const { code, err } = await kexeckitHere(['run', wrong]);
    expect(code).toBe(1);
    expect(err).toMatch(/EINVAL: .*at machine\.exceptionLevel: /);
  });
});

describe('the file of a plan', () => {
  const save = (file: string, ...args: string[]) =>
    kexeckitHere(['reboot', '--strategy', 'reserved', '--save-plan', file, ...args]);

  test('is replaced as a whole, with its permissions, through a link, and nothing is left beside it', async () => {
    const kept = mkdtempSync(inFolder('kept-'));
    const [file, link] = [join(kept, 'plan.json'), join(kept, 'link')];
    writeFileSync(file, 'something else', { mode: 0o640 });
    symlinkSync(file, link);
    expect(await save(link)).toMatchObject({ code: 0 });
    expect(parsePlan(readFileSync(file, 'utf8'))).toMatchObject({ wishes: { strategy: 'reserved' } });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(kept).sort()).toEqual(['link', 'plan.json']);
  });

  test('stands where a link leads to that leads to nothing yet', async () => {
    const kept = mkdtempSync(inFolder('dangling-'));
    mkdirSync(join(kept, 'below'));
    symlinkSync('below/second', join(kept, 'first'));
    symlinkSync('../plan.json', join(kept, 'below/second'));
    expect(await save(join(kept, 'first'))).toMatchObject({ code: 0 });
    expect(lstatSync(join(kept, 'first')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(kept, 'below/second')).isSymbolicLink()).toBe(true);
    expect(parsePlan(readFileSync(join(kept, 'plan.json'), 'utf8'))).toMatchObject({
      wishes: { strategy: 'reserved' },
    });
  });

  test('is nobody else’s where there was none, and never one that the plan is made from', async () => {
    const file = inFolder('new.json');
    expect(await save(file)).toMatchObject({ code: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kernel = inFolder('own-kernel');
    writeFileSync(kernel, generateWorkload(300_000, 0, 1).kernel);
    const link = inFolder('own-link');
    symlinkSync(kernel, link);
    const { code, err } = await save(link, '--kernel', kernel);
    expect(code).toBe(2);
    expect(err).toContain('is the file that is read');
    expect(statSync(kernel).size).toBe(300_000);
  });

  test('stays as it was where there is no room for the new one', async () => {
    const kept = mkdtempSync(inFolder('full-'));
    const file = join(kept, 'plan.json');
    writeFileSync(file, 'a good plan');
    // Files of at most 8 blocks: the plan does not fit, and the write fails as on a full disk.
    const line = `trap '' XFSZ; ulimit -f 8; exec "$0" "$@" reboot --strategy reserved --save-plan ${file}`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', line, process.execPath, main], { encoding: 'utf8' });
    expect(stderr).toMatch(/EIO: cannot write --save-plan .*: EFBIG.*; .*what was there before is as it was/);
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('a good plan');
    expect(readdirSync(kept)).toEqual(['plan.json']);
  });

  test('that cannot be compared is trouble, and not a difference', async () => {
    const broken = inFolder('broken.json');
    writeFileSync(broken, '{');
    expect(await kexeckitHere(['diff', broken, broken])).toMatchObject({ code: 2, out: '' });
  });
});

describe('on QEMU', { timeout: 300_000 }, () => {
  const missing = whyNoDebianKernel();
  const plan = inFolder('qemu.json');
  const files = ['--kernel', debianFiles.kernel, '--initrd', debianFiles.initrd];
  const machine = ['--memory', '1G', '--cpus', '1', '--expect', 'Booting Linux'];
  const onQemu = (...args: string[]) => kexeckitHere([...args, ...files, ...machine]);

  beforeAll(async () => {
    if (missing !== undefined) return;
    expect(await onQemu('reboot', '--machine', 'qemu', '--save-plan', plan)).toMatchObject({ code: 0 });
  }, 300_000);

  test('a plan is saved, proved, diffed and run from the file', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const proved = await onQemu('prove', plan);
    expect(proved).toMatchObject({ code: 0 });
    expect(proved.out).toMatch(/qemu machine, 1\.0 GiB of RAM, 1 CPUs, EL1.*\n.*\n +strategy mmu-on: the plan holds/);
    expect(await kexeckitHere(['diff', plan, plan])).toMatchObject({ code: 0 });
    const ran = await onQemu('run', plan);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toMatch(/reached: .*Booting Linux/);
  });

  test('a changed kernel, another map and a plan that was changed by hand are refused by name', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const kernel = readFileSync(debianFiles.kernel);
    kernel[kernel.length - 1] = 0xff & ~(kernel.at(-1) ?? 0);
    writeFileSync(inFolder('linux'), kernel);
    const changed = ['--kernel', inFolder('linux'), '--initrd', debianFiles.initrd];
    for (const command of ['prove', 'run']) {
      const otherKernel = await kexeckitHere([command, plan, ...changed, ...machine]);
      expect(otherKernel.err).toMatch(/ESTALE: .*: the kernel file changed/);
      const otherMap = await kexeckitHere([command, plan, ...files, '--cpus', '1', '--memory', '512M']);
      expect(otherMap.err).toMatch(/ESTALE: .*the memory map/);
      const edited = await onQemu(command, editByHand(plan));
      expect(edited.err).toContain('EBADMSG');
      expect([otherKernel.code, otherMap.code, edited.code]).toEqual([1, 1, 1]);
    }
  });
});
