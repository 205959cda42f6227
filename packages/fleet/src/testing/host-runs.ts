import type { RolloutPolicy } from '@kexeckit/rollout';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import type { HostRun, Passage } from '../steps/host-run.ts';
import { documentOver } from './documents.ts';
import { type FakeHost, fakeAgent } from './fake-fleet.ts';

/** A clock that goes on only when somebody sleeps. */
export function steppedClock(start = 1_000_000): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    scale: 1,
  };
}

/** What a run of one host does wrong or waits for. */
export interface RunOptions {
  readonly policy?: Partial<RolloutPolicy>;
  /** What the gate says, one after the other; the last for good. Open where left out. */
  readonly passages?: readonly Passage[];
  /** Whether another worker has taken it over. */
  readonly isTakenOver?: boolean;
  /** Hooks that end with something else than 0, by program: so many times. */
  readonly failing?: Readonly<Record<string, number>>;
}

/** A run of one host, with the hooks that were run. */
export function runOf(host: FakeHost, options: RunOptions = {}): HostRun & { readonly hooks: string[] } {
  const document = documentOver('r', [1], options.policy);
  const [planned] = document.hosts;
  const [hostClass] = document.classes;
  const [wave] = document.waves;
  if (planned === undefined || hostClass === undefined || wave === undefined)
    throw new TypeError('a rollout of one host');
  const passages = [...(options.passages ?? [{ kind: 'open' } as const])];
  const failing = new Map(Object.entries(options.failing ?? {}));
  const hooks: string[] = [];
  return {
    document,
    host: planned,
    hostClass,
    wave,
    agent: fakeAgent(new Map([[planned.name, host]])),
    clock: steppedClock(),
    hooks,
    hook: ({ argv: [program] }) => {
      hooks.push(program);
      const left = failing.get(program) ?? 0;
      failing.set(program, left - 1);
      return left > 0 ? Promise.reject(new FleetError('EIO', `${program} ended with 1`, '')) : Promise.resolve('');
    },
    classKeyOf: (bundle) => Promise.resolve(Buffer.from(bundle).toString()),
    fence: () => (options.isTakenOver ? new Promise<never>(() => {}) : Promise.resolve()),
    passage: () => Promise.resolve((passages.length > 1 ? passages.shift() : passages[0]) ?? { kind: 'open' }),
  };
}
