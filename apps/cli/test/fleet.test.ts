import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type RolloutDocument, type RolloutStatus, readRolloutDocument } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFleet } from './fleet-farm.ts';
import { testFolder } from './kexeckit.ts';
import { endOf, says } from './processes.ts';

const HOSTS = 8;
const folder = testFolder();
let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start(join(folder, 'f'), HOSTS);
}, 60_000);

afterAll(() => fleet.farm.stop());

/** Plans a rollout of this name. */
async function planned(id: string): Promise<{ path: string; document: RolloutDocument }> {
  const path = fleet.path(`${id}.json`);
  const { code, err } = await fleet.run(...fleet.planLine('--id', id, '--output', path));
  expect(code, err).toBe(0);
  return { path, document: readRolloutDocument(readFileSync(path, 'utf8')) };
}

describe('a rollout over simulated hosts, by an embedded database', { timeout: 600_000 }, () => {
  test('is planned by classes: a plan, a proof and a rehearsal for each', async () => {
    const path = fleet.path('p1.json');
    const { code, out, err } = await fleet.run(...fleet.planLine('--id', 'p1', '--output', path, '--json'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const told = JSON.parse(out);
    expect(told).toMatchObject({ id: 'p1', release: '6.12.0-next', totals: { hosts: HOSTS, left: 0 } });
    expect(told.waves).toMatchObject([
      { name: 'canary', hosts: 1 },
      { name: 'rest', hosts: HOSTS - 1 },
    ]);
    const document = readRolloutDocument(readFileSync(path, 'utf8'));
    expect(document.classes.length).toBeGreaterThan(1);
    for (const { plan, proof } of document.classes) {
      expect(proof.checks).toBeGreaterThan(0);
      expect(proof.rehearsals).toBe(1);
      expect(statSync(plan.path).size).toBe(plan.size);
    }
    expect(statSync(path).mode & 0o077).toBe(0);
    expect((await fleet.commits()).size).toBe(0);
  });

  test('is paused by another process, killed, gone on with, resumed, and reported', async () => {
    const { path, document } = await planned('r1');
    const first = fleet.start('run', path);
    const firstEnd = endOf(first, says(first, /wave canary begins/), () => {});
    await fleet.until('r1', ({ state, waves }) => state === 'running' && waves[0]?.state === 'running');
    const paused = await fleet.ask('pause', 'r1', '--why', 'a look', '--json');
    expect(JSON.parse(paused.out)).toEqual({ rollout: 'r1', order: 'pause', why: 'a look' });
    await fleet.until('r1', ({ gate }) => gate.state === 'paused' && gate.why === 'a look');
    first.kill('SIGKILL');
    expect((await firstEnd).signal).toBe('SIGKILL');
    // Nobody takes part: what is told then is told still.
    const before = await fleet.commits();
    expect(before.size).toBeLessThan(HOSTS);
    const listed = await fleet.ask('status', '--json');
    expect(JSON.parse(listed.out)).toMatchObject({ rollouts: [{ id: 'r1', state: 'running' }] });
    // It goes on where it was: paused.
    const second = fleet.start('run', path, '--json');
    const secondEnd = endOf(second, new Promise(() => {}), () => {});
    await says(second, /paused: a look/);
    const other = await fleet.ask('run', path);
    expect(other.err).toMatch(/EBUSY: another process takes part already/);
    expect(other.code).toBe(2);
    expect((await fleet.ask('resume', '--failure-budget', '2')).code).toBe(0);
    const { code, out, err } = await secondEnd;
    expect(code, err).toBe(0);
    const status: RolloutStatus = JSON.parse(out);
    expect(status).toMatchObject({ state: 'finished', failureBudget: 2, outcomes: { done: HOSTS } });
    const commits = await fleet.commits();
    expect([...commits.keys()].toSorted()).toEqual(document.hosts.map(({ name }) => name).toSorted());
    expect(new Set(commits.values())).toEqual(new Set([1]));
    expect(err).toMatch(/^host-\d done, away for \d+\.\d s$/m);
    const [html, prometheus] = [fleet.path('r1.html'), fleet.path('r1.prom')];
    const report = await fleet.ask('report', 'r1', '--html', html, '--prometheus', prometheus, '--json');
    expect(report.code, report.err).toBe(0);
    expect(JSON.parse(report.out)).toMatchObject({ faults: [], troubles: [], downtimeMs: { n: HOSTS } });
    expect(readFileSync(html, 'utf8')).toContain('<h1>Rollout r1</h1>');
    expect(readFileSync(prometheus, 'utf8')).toMatch(/kexeckit_fleet_hosts\{.*state="done"\} 7/);
    // It has ended: it is told, and nothing is begun.
    const again = await fleet.ask('run', path);
    expect(again.out).toContain('rollout r1 is finished');
    expect(again.code).toBe(0);
    expect((await fleet.ask('pause', 'r1')).err).toMatch(/rollout r1 has ended/);
    expect(await fleet.commits()).toEqual(commits);
  });

  test('is left by Ctrl-C, which says how to go on, and aborted: hosts are as they were', async () => {
    const { path } = await planned('r2');
    const before = await fleet.commits();
    const first = fleet.start('run', path);
    const left = await endOf(first, says(first, /wave canary begins/), () => first.kill('SIGINT'));
    expect(left.code).toBe(130);
    expect(left.err).toContain(`go on: kexeckit fleet run ${path} --database ${fleet.path('db')}`);
    expect((await fleet.ask('pause', '--why', 'first')).code).toBe(0);
    const second = fleet.start('run', path);
    const end = endOf(second, new Promise(() => {}), () => {});
    await says(second, /paused: first/);
    expect((await fleet.ask('abort', 'r2', '--why', 'enough')).code).toBe(0);
    const { code, out } = await end;
    expect(code).toBe(1);
    expect(out).toMatch(/rollout r2 is stopped[\s\S]*aborted: enough/);
    const { outcomes } = await fleet.until('r2', ({ state }) => state === 'stopped');
    expect(outcomes.done + outcomes.undone + outcomes.skipped).toBe(HOSTS);
    const after = await fleet.commits();
    const sum = (of: ReadonlyMap<string, number>): number => [...of.values()].reduce((all, one) => all + one, 0);
    expect(sum(after) - sum(before)).toBe(outcomes.done);
    expect((await fleet.ask('status', 'r2')).code).toBe(1);
  });

  test('with other files, or another rollout of its name, is refused', async () => {
    const { path, document } = await planned('r1b');
    fleet.write('other.json', JSON.stringify({ ...document, id: 'r1' }));
    const other = await fleet.ask('run', fleet.path('other.json'));
    expect(other.err).toMatch(/there is a rollout r1 in this database, and it is another one/);
    const kernel = readFileSync(fleet.path('Image'));
    fleet.write('Image', Buffer.concat([kernel.subarray(1), kernel.subarray(0, 1)]));
    const changed = await fleet.ask('run', path, '--json');
    fleet.write('Image', kernel);
    expect(JSON.parse(changed.out).error).toMatchObject({
      code: 'EINVAL',
      message: /Image is another file than the rollout/,
    });
    expect(changed.code).toBe(2);
    expect(JSON.parse((await fleet.ask('status', '--json')).out).rollouts.map(({ id }: { id: string }) => id)).toEqual([
      'r1',
      'r2',
    ]);
  });
});

test('a database that there is not is not made by who only asks', async () => {
  const { code, err } = await fleet.run('status', '--database', fleet.path('none'));
  expect(err).toMatch(/ENOENT: there are no rollouts in .*none/);
  expect(code).toBe(2);
  expect(existsSync(fleet.path('none'))).toBe(false);
});
