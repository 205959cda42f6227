import { expect, test } from 'vitest';
import { orderView } from '../src/render/fleet/order.ts';
import { fleetPlanView } from '../src/render/fleet/plan.ts';
import { fleetReportView } from '../src/render/fleet/report.ts';
import { fleetStatusView, statusOrListView } from '../src/render/fleet/status.ts';
import { pageOf, plainPage } from '../src/render/page.ts';
import { fleetDocument, fleetStatus } from './fleet-fixture.ts';
import { expectFits } from './terminal.ts';

const written = { file: 'rollout.json', bytes: 2048 };
const reported = { status: fleetStatus, document: fleetDocument, html: undefined, prometheus: undefined };

test('a plan has its classes, its waves, and who was left out and why', () => {
  const text = fleetPlanView.text({ document: fleetDocument, written }, plainPage);
  expect(text).toMatch(/rollout r7 of 6\.12\.9-arm64 over 4 hosts, 1 failed or lost accepted/);
  expect(text).toMatch(/aaaaaaaaaaaa +crash-region +4 +4,091 +1\n/);
  expect(text).toMatch(/canary +1 +2 +1 +30m\n/);
  expect(text).toMatch(/web-5 +EHOSTUNREACH: no route to host/);
  expect(fleetPlanView.problem?.({ document: fleetDocument, written })).toBe('1 host of the inventory takes no part');
});

test('a status has its waves, what is under way, and what went wrong', () => {
  const text = fleetStatusView.text(fleetStatus, plainPage);
  expect(text).toMatch(/rollout r7 runs, after 1 min 30 s\n +paused: an incident; 1 host failed or lost, 1 accepted/);
  expect(text).toMatch(/wave +state +hosts +waiting +running +done +lost\n/);
  expect(text).toMatch(/rest +running +3 +1 +1 +0 +1\n/);
  expect(text).toMatch(/web-3 +drain +30\.0 s\n/);
  expect(text).toMatch(/web-2 +rest +lost +return +ETIMEDOUT: web-2 did not come back in time\n/);
  expect(text).not.toContain('refused');
});

test('its exit code says whether all is well', () => {
  const none = { ...fleetStatus.outcomes, lost: 0 };
  expect(fleetStatusView.exitCode?.(fleetStatus)).toBe(1);
  expect(fleetStatusView.exitCode?.({ ...fleetStatus, outcomes: none })).toBe(0);
  expect(fleetStatusView.exitCode?.({ ...fleetStatus, outcomes: none, state: 'stopped' })).toBe(1);
  expect(statusOrListView.exitCode?.({ kind: 'all', rollouts: [] })).toBe(0);
});

test('a report says how long hosts were away, and that figures do not add up where they do not', () => {
  expect(fleetReportView.text(reported, plainPage)).toMatch(/1 host came back, away for most 12\.3 s\n/);
  expect(fleetReportView.exitCode?.(reported)).toBe(1);
  const wrong = { ...reported, status: { ...fleetStatus, outcomes: { ...fleetStatus.outcomes, done: 3 } } };
  expect(fleetReportView.problem?.(wrong)).toMatch(/done/);
  expect(fleetReportView.exitCode?.(wrong)).toBe(2);
});

test('an order says what was told', () => {
  const words = (told: Parameters<typeof orderView.text>[0]): string => orderView.text(told, plainPage);
  expect(words({ rollout: 'r7', order: 'resume', failureBudget: 5 })).toContain('go on, with 5 failed or lost hosts');
  expect(words({ rollout: 'r7', order: 'bypass', host: 'web-3' })).toContain('let web-3 pass');
});

test.each([60, 80, 120])('nothing is wider than a terminal of %d columns', (columns) => {
  const page = pageOf({ isTTY: true, columns }, { LC_ALL: 'C.UTF-8', NO_COLOR: '1' });
  expectFits(fleetPlanView.text({ document: fleetDocument, written }, page), columns);
  expectFits(fleetReportView.text(reported, page), columns);
});
