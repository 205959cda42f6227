import { describe, expect, test } from 'vitest';
import { FakeHost } from '../testing/fake-fleet.ts';
import { runOf } from '../testing/host-runs.ts';
import { commit } from './commit.ts';

const BOOT = 'w0h0-boot-1';

/** A host that was staged. */
function staged(...mischief: ConstructorParameters<typeof FakeHost>): FakeHost {
  const host = new FakeHost(...mischief);
  host.isLoaded = true;
  return host;
}

test('a worker whose host others have taken over commits nothing', async () => {
  const host = staged();
  const never = commit(runOf(host, { isTakenOver: true }), BOOT).then(() => 'committed');
  const later = new Promise((resolve) => setTimeout(resolve, 50, 'later'));
  expect(await Promise.race([never, later])).toBe('later');
  expect(host.commits).toEqual([]);
});

describe('a host is committed once', () => {
  test('where all goes well', async () => {
    const host = staged();
    expect(await commit(runOf(host), BOOT)).toMatchObject({ kind: 'committed', isExact: true });
    expect(host.commits).toEqual(['r']);
  });

  test('where the step is run again after it', async () => {
    const host = staged({ awayFor: 3 });
    const run = runOf(host);
    await commit(run, BOOT);
    expect(await commit(run, BOOT)).toMatchObject({ kind: 'committed', isExact: false });
    expect(host.commits).toEqual(['r']);
  });

  test('where the answer is lost', async () => {
    const host = staged({ after: { commit: 1 }, awayFor: 2 });
    const run = runOf(host);
    const asked = run.clock.now();
    expect(await commit(run, BOOT)).toEqual({ kind: 'committed', at: asked, isExact: true });
    expect(host.commits).toEqual(['r']);
  });

  test('where the question is lost', async () => {
    const host = staged({ before: { commit: 2, identify: 1, claimOf: 1 } });
    expect(await commit(runOf(host), BOOT)).toMatchObject({ kind: 'committed', isExact: true });
    expect(host.commits).toEqual(['r']);
  });

  test('where it is on its way, and still answers as before', async () => {
    const host = staged();
    host.claims.set('r', host.boot);
    expect(await commit(runOf(host), BOOT)).toMatchObject({ kind: 'committed', isExact: false });
    expect(host.asked).not.toContain('commit');
  });
});

describe('a host is not committed', () => {
  test('while the gate says to wait', async () => {
    const host = staged();
    const wait = { kind: 'wait', why: 'paused' } as const;
    const run = runOf(host, { passages: [wait, wait, wait, { kind: 'open' }] });
    const before = run.clock.now();
    await commit(run, BOOT);
    expect(run.clock.now() - before).toBe(15_000);
    expect(host.asked.filter((what) => what === 'commit')).toHaveLength(1);
  });

  test('where it is to be let go', async () => {
    const host = staged();
    const release = { kind: 'release', to: 'undone', why: 'aborted' } as const;
    const run = runOf(host, { passages: [{ kind: 'wait', why: 'paused' }, release] });
    expect(await commit(run, BOOT)).toEqual({ ...release, isHeld: true });
    expect(host.asked).not.toContain('commit');
  });

  test('where the rollout was let go after an answer that was lost before anything was done', async () => {
    const host = staged({ before: { commit: 1 } });
    const release = { kind: 'release', to: 'undone', why: 'aborted' } as const;
    expect(await commit(runOf(host, { passages: [{ kind: 'open' }, release] }), BOOT)).toEqual({
      ...release,
      isHeld: false,
    });
    expect(host.commits).toEqual([]);
  });
});

test('a host that rebooted by itself was not committed', async () => {
  const host = staged();
  host.boot++;
  host.isLoaded = false;
  await expect(commit(runOf(host), BOOT)).rejects.toMatchObject({ code: 'ESTALE' });
  expect(host.asked).not.toContain('commit');
});

test('the time at the gate is none that a host does not answer', async () => {
  const host = staged({ before: { commit: 1 } });
  const wait = Array.from({ length: 100 }, () => ({ kind: 'wait', why: 'paused' }) as const);
  const run = runOf(host, { passages: [...wait, { kind: 'open' }] });
  expect(await commit(run, BOOT)).toMatchObject({ kind: 'committed' });
});

test('a host that refuses says why', async () => {
  await expect(commit(runOf(new FakeHost()), BOOT)).rejects.toMatchObject({
    code: 'EINVAL',
    message: 'nothing is loaded',
  });
});

test('a host that nobody reaches for as long as a reboot may take is not known to be committed', async () => {
  const host = staged();
  host.isDead = true;
  const run = runOf(host);
  const before = run.clock.now();
  await expect(commit(run, BOOT)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(run.clock.now() - before).toBe(60_000);
});

describe('another machine in its place', () => {
  test('is not committed, and does not tell whether the host was', async () => {
    const host = staged();
    host.machineId = 'another';
    await expect(commit(runOf(host), BOOT)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringContaining('machine another answers as w0h0'),
    });
    expect(host.commits).toEqual([]);
  });

  test('that comes where the answer of the commit was lost is what the commit led to', async () => {
    const host = staged({ after: { commit: 1 }, machineAfter: 'another' });
    const run = runOf(host);
    const asked = run.clock.now();
    expect(await commit(run, BOOT)).toEqual({ kind: 'committed', at: asked, isExact: true });
    expect(host.commits).toEqual(['r']);
  });

  test('that comes where the worker died in the commit leaves it open', async () => {
    const host = staged({ machineAfter: 'another' });
    await commit(runOf(host), BOOT);
    await expect(commit(runOf(host), BOOT)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(host.commits).toEqual(['r']);
  });
});
