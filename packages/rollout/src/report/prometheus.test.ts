import { expect, test } from 'vitest';
import { rolloutOf } from '../testing/rollout.ts';
import { statusOf } from '../testing/status.ts';
import { prometheusText } from './prometheus.ts';

const status = statusOf(rolloutOf(100), (at) => (at < 3 ? 'lost' : 'done'));
const SAMPLE = /^([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\} (\S+)$/;

/** Each sample by name and labels. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, labels, value] = SAMPLE.exec(line) ?? [];
      expect(name, line).toBeDefined();
      return [`${name}{${labels}}`, Number(value)];
    }),
  );
}

test('counts of hosts, the gate and the budget', () => {
  const all = samples(prometheusText([status]));
  expect(all.get('kexeckit_fleet_hosts{rollout="kernel-6-12",wave="canary",state="lost"}')).toBe(1);
  expect(all.get('kexeckit_fleet_hosts{rollout="kernel-6-12",wave="rest",state="lost"}')).toBe(2);
  expect(all.get('kexeckit_fleet_hosts{rollout="kernel-6-12",wave="rest",state="done"}')).toBe(97);
  expect(all.get('kexeckit_fleet_hosts{rollout="kernel-6-12",wave="rest",state="waiting"}')).toBe(0);
  expect(all.get('kexeckit_fleet_failure_budget{rollout="kernel-6-12"}')).toBe(3);
  expect(all.get('kexeckit_fleet_gate{rollout="kernel-6-12",state="open"}')).toBe(1);
  expect(all.get('kexeckit_fleet_gate{rollout="kernel-6-12",state="spent"}')).toBe(0);
  expect(all.get('kexeckit_fleet_state{rollout="kernel-6-12",state="finished"}')).toBe(1);
  expect(all.get('kexeckit_fleet_start_time_seconds{rollout="kernel-6-12"}')).toBe(status.started / 1000);
  expect(all.get('kexeckit_fleet_phase_seconds_count{rollout="kernel-6-12",phase="return"}')).toBe(100);
  expect(all.get('kexeckit_fleet_phase_seconds_sum{rollout="kernel-6-12",phase="inspect"}')).toBe(50);
});

test('the downtime is a cumulative histogram in seconds', () => {
  const all = samples(prometheusText([status]));
  const at = (le: string): number | undefined =>
    all.get(`kexeckit_fleet_downtime_seconds_bucket{rollout="kernel-6-12",le="${le}"}`);
  // The hosts from 3 to 99 were away for 30.06 s to 31.98 s.
  expect([at('30'), at('45'), at('900'), at('+Inf')]).toEqual([0, 97, 97, 97]);
  expect(all.get('kexeckit_fleet_downtime_seconds_count{rollout="kernel-6-12"}')).toBe(97);
  expect(all.get('kexeckit_fleet_downtime_seconds_sum{rollout="kernel-6-12"}')).toBeCloseTo(97 * 31.02, 6);
});

test('each name is described once, before its samples, however many rollouts there are', () => {
  const text = prometheusText([status, { ...status, id: 'second' }]);
  const described = [...text.matchAll(/^# TYPE (\S+) (gauge|histogram|summary)$/gm)].map(([, name]) => name);
  expect(new Set(described).size).toBe(described.length);
  expect(text.match(/^# HELP /gm)).toHaveLength(described.length);
  let current = '';
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# TYPE ')) current = line.split(' ')[2] ?? '';
    else if (!line.startsWith('#')) expect(line.startsWith(current)).toBe(true);
  }
  expect(samples(text).size).toBe(2 * samples(prometheusText([status])).size);
  expect(text.endsWith('\n')).toBe(true);
});

test('a label cannot end its quotes or its line', () => {
  const text = prometheusText([{ ...status, id: 'a"} 1\nkexeckit_evil{x="\\' }]);
  expect(text).not.toMatch(/^kexeckit_evil/m);
  expect(text).toContain('rollout="a\\"} 1\\nkexeckit_evil{x=\\"\\\\"');
  expect(samples(text).size).toBe(samples(prometheusText([status])).size);
});
