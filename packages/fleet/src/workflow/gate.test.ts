import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GateFacts, gateOf, passageOf } from './gate.ts';
import { follow, noOrders, type Order } from './orders.ts';

const within = { seen: 1, budget: 1 };
const spent = { seen: 2, budget: 1 };
const open: GateFacts = { orders: noOrders, failures: within, waveFailures: within, isInWindow: true };
const bypassed = { ...noOrders, bypass: ['a'] };

describe('the gate', () => {
  test('is open', () => {
    expect(gateOf(open)).toEqual({ state: 'open' });
    expect(passageOf(open, 'a')).toEqual({ kind: 'open' });
  });

  test.each([
    ['paused', { orders: { ...noOrders, paused: 'lunch' } }, { kind: 'wait', why: 'lunch' }],
    ['blocked', { blocked: 'alert' }, { kind: 'wait', why: 'alert' }],
    ['spent', { failures: spent }, { kind: 'release', to: 'undone', why: '2 hosts failed, 1 are accepted' }],
    ['spent', { waveFailures: spent }, { kind: 'release', to: 'undone', why: '2 hosts failed, 1 are accepted' }],
    ['aborted', { orders: { ...noOrders, aborted: 'no' } }, { kind: 'release', to: 'undone', why: 'no' }],
  ] as const)('is %s', (state, facts, passage) => {
    expect(gateOf({ ...open, ...facts }).state).toBe(state);
    expect(passageOf({ ...open, ...facts }, 'a')).toEqual(passage);
  });

  test('is not passed outside of a window', () => {
    expect(passageOf({ ...open, isInWindow: false }, 'a')).toMatchObject({ kind: 'release', to: 'deferred' });
  });

  test('is passed by a bypass in spite of windows, blockers and pauses, for that host alone', () => {
    const facts = { ...open, orders: { ...bypassed, paused: 'lunch' }, blocked: 'alert', isInWindow: false };
    expect(passageOf(facts, 'a')).toEqual({ kind: 'open' });
    expect(passageOf(facts, 'b')).toMatchObject({ kind: 'release' });
  });

  test('is not passed by a bypass where the budget is spent, or the rollout aborted', () => {
    expect(passageOf({ ...open, orders: bypassed, failures: spent }, 'a').kind).toBe('release');
    expect(passageOf({ ...open, orders: { ...bypassed, aborted: 'no' } }, 'a').kind).toBe('release');
  });
});

const order = fc.oneof<fc.Arbitrary<Order>[]>(
  fc.record({ kind: fc.constant('pause' as const), why: fc.string() }),
  fc.record({ kind: fc.constant('resume' as const), failureBudget: fc.option(fc.nat(9), { nil: undefined }) }),
  fc.record({ kind: fc.constant('abort' as const), why: fc.string() }),
  fc.record({ kind: fc.constant('bypass' as const), host: fc.constantFrom('a', 'b') }),
);

test('an abort is final, a pause lasts until it is resumed', () => {
  fc.assert(
    fc.property(fc.array(order), (said) => {
      const orders = said.reduce(follow, noOrders);
      const abort = said.find((one) => one.kind === 'abort');
      expect(orders.aborted).toBe(abort?.why);
      const last = said.findLast(({ kind }) => kind === 'pause' || kind === 'resume');
      expect(orders.paused).toBe(last?.kind === 'pause' ? last.why : undefined);
    }),
  );
});
