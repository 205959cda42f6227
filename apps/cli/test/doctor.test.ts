import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatProfile, thunderX2 } from '@kexeckit/cost';
import { describe, expect, test } from 'vitest';
import { guest, MAP } from './guest-host.ts';
import { kexeckitHere, main, testFolder } from './kexeckit.ts';

const folder = testFolder();
const root = join(folder, 'root');

function file(path: string, content: string | Uint8Array, at: string = root): void {
  mkdirSync(dirname(join(at, path)), { recursive: true });
  writeFileSync(join(at, path), content);
}

file('proc/sys/kernel/kexec_load_disabled', '1\n');
file('proc/sys/kernel/osrelease', '6.1.0-50-arm64\n');
file('sys/kernel/kexec_crash_size', '0\n');

test('a host on which loading is disabled is told so, with exit code 1', async () => {
  const plain = await kexeckitHere(['doctor', '--root', root]);
  expect(plain.code).toBe(1);
  expect(plain.out).toMatch(
    /x .*kexec_load_disabled is 1\n.*\n {4}\/proc\/sys\/kernel\/kexec_load_disabled: 1\n {4}-> /,
  );
  expect(plain.out).toMatch(/\n {2}strategy +offered +why\n {2}crash-region {2}no {7}kexec_load_disabled is 1\n/);
  expect(plain.err).toMatch(/in the way of kexec on this host/);
  const json = await kexeckitHere(['doctor', '--root', root, '--json']);
  expect(json.code).toBe(1);
  const { findings, routes, default: byDefault } = JSON.parse(json.out);
  expect(findings[0]).toMatchObject({ severity: 'blocker', evidence: [{ path: expect.stringMatching(/^\//) }] });
  expect(routes.map(({ strategy, offered }: Record<string, unknown>) => [strategy, offered])).toEqual([
    ['crash-region', false],
    ['mmu-on', false],
    ['kernel', false],
    ['reserved', false],
  ]);
  expect(byDefault).toBeNull();
});

test("the host's own profile tells its times: --profile", async () => {
  const own = join(folder, 'measured');
  file('proc/iomem', MAP, own);
  file('proc/sys/kernel/osrelease', '5.10.0-30-arm64\n', own);
  const profile = join(folder, 'own.json');
  writeFileSync(profile, formatProfile({ ...thunderX2, name: 'own' }));
  const { out } = await kexeckitHere(['doctor', '--root', own, '--profile', profile]);
  expect(out).toMatch(/\d+ MiB take about [\d.]+ s here \(profile own\)/);
  expect(out).not.toMatch(/Stingray|Cortex-A72/);
  const refused = await kexeckitHere(['doctor', '--root', own, '--profile', join(own, 'proc/iomem')]);
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/the profile is wrong: it is not JSON/) });
});

test('its former name is understood, and told nobody', async () => {
  expect((await kexeckitHere(['preflight', '--root', root])).out).toBe(
    (await kexeckitHere(['doctor', '--root', root])).out,
  );
  expect((await kexeckitHere(['--help'])).out).not.toContain('preflight');
});

describe('the exit code says whether any strategy is offered', () => {
  const LITTLE = 'MemTotal: 2000000 kB\nMemAvailable: 976 kB\nCmaTotal: 0 kB\n';

  test.each<[what: string, changes: Readonly<Record<string, string | null>>, code: number, word: RegExp]>([
    ['one is', {}, 0, /^$/],
    ['none is, though nothing stands in the way', { 'proc/meminfo': LITTLE }, 1, /this host offers no strategy/],
    ['none is for certain', { 'proc/kallsyms': null, 'proc/self/status': null }, 2, /cannot be said/],
    ['something stands in the way', { 'proc/sys/kernel/kexec_load_disabled': '1\n' }, 1, /1 thing stands in the way/],
  ])('%s', async (what, changes, code, word) => {
    const at = join(folder, what);
    for (const [path, content] of Object.entries({ ...guest, ...changes }))
      if (content !== null) file(path, content, at);
    const told = await kexeckitHere(['doctor', '--root', at]);
    expect(told.err).toMatch(word);
    expect(told.code, told.out).toBe(code);
  });
});

describe('a bundle', () => {
  const bundle = join(folder, 'host.tar');

  test('is written for its owner, and judged as the host', async () => {
    const live = await kexeckitHere(['doctor', '--root', root, '--json']);
    const collected = await kexeckitHere(['doctor', '--root', root, '--collect', bundle, '--json']);
    expect(collected.code).toBe(1);
    expect(JSON.parse(collected.out)).toMatchObject({
      ...JSON.parse(live.out),
      written: { file: bundle, bytes: statSync(bundle).size, files: 3 },
    });
    expect(statSync(bundle).mode & 0o777).toBe(0o600);
    expect(await kexeckitHere(['doctor', '--from', bundle, '--json'])).toEqual(live);
    const told = await kexeckitHere(['doctor', '--root', root, '--collect', bundle]);
    expect(told.out).toMatch(/host\.tar: [\d.]+ KiB, 3 files; \d+ could not be read, and it says why\n/);
  });

  test.each<[args: string[], code: number, message: RegExp]>([
    [['--from', bundle, '--root', root], 2, /--root has no meaning for a bundle/],
    [['--from', bundle, '--collect', bundle], 2, /--collect has no meaning for a bundle/],
    [['--root', root, '--collect', '-'], 2, /would write a tar to a terminal/],
    [['--from', '/nowhere/host.tar'], 2, /cannot read --from \/nowhere\/host\.tar/],
    [['--from', import.meta.filename], 2, /--from .*: the bundle is not a whole tar/],
    [['--collect', '/'], 2, /--collect \/ is a folder/],
    [['--collect', '/nowhere/host.tar'], 2, /cannot write --collect \/nowhere\/host\.tar/],
    [['--root', '/nowhere'], 2, /root \/nowhere cannot be entered/],
  ])('%j', async (args, code, message) => {
    const outcome = await kexeckitHere(['doctor', ...args]);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.err).toMatch(message);
  });

  test('goes to standard output, and nothing else does', async () => {
    await kexeckitHere(['doctor', '--root', root, '--collect', bundle]);
    const { code, out } = await new Promise<{ code: unknown; out: Buffer }>((resolve) => {
      const args = [main, 'doctor', '--root', root, '--collect', '-'];
      execFile(process.execPath, args, { encoding: 'buffer' }, (error, stdout) =>
        resolve({ code: error?.code ?? 0, out: stdout }),
      );
    });
    expect(code).toBe(1);
    expect(out.length % 512).toBe(0);
    const written = join(folder, 'piped.tar');
    writeFileSync(written, out);
    expect(await kexeckitHere(['doctor', '--from', written, '--json'])).toEqual(
      await kexeckitHere(['doctor', '--from', bundle, '--json']),
    );
  });

  test('has nothing beside it on standard output', async () => {
    const refused = await kexeckitHere(['doctor', '--root', root, '--collect', '-', '--json']);
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.out)).toMatchObject({
      error: { code: 'EINVAL', message: '--json has no meaning beside --collect -' },
    });
  });

  test('takes the place of an old one as a whole, and nobody else reads what its owner was shown', async () => {
    const old = join(folder, 'old.tar');
    writeFileSync(old, 'old');
    chmodSync(old, 0o644);
    await kexeckitHere(['doctor', '--root', root, '--collect', old]);
    expect(statSync(old).mode & 0o777).toBe(0o600);
    expect(readFileSync(old).subarray(0, 13).toString()).toBe('manifest.json');
  });
});
