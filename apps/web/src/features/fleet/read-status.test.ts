import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../shared/words.ts';
import { exampleKind, makeExample } from './example.ts';
import { readStatus } from './read-status.ts';

const { at, length } = makeExample(exampleKind('stopped'));
const end = at(length);
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function refusal(bytes: Uint8Array): string {
  try {
    readStatus(bytes);
  } catch (error) {
    const { code, message } = wordsOf(error);
    return `${code} ${message}`;
  }
  return 'taken';
}

const withFirst = (change: object): object => ({
  ...end,
  hosts: [{ ...end.hosts[0], ...change }, ...end.hosts.slice(1)],
});

function withResult(change: object): object {
  const [first] = end.hosts;
  return first?.state === 'ended' ? withFirst({ result: { ...first.result, ...change } }) : {};
}

describe('a status', () => {
  test.each([0, 0.2, 0.5, 0.9, 1])('is what was printed, when %f of it has gone by', (share) => {
    const status = at(length * share);
    expect(readStatus(bytesOf(status))).toEqual(status);
  });

  test.each<[string, unknown, string]>([
    ['another file', { format: 'kexeckit-rollout/1' }, 'EINVAL no status of a rollout: format: Invalid type'],
    ['no mapping', [1], 'EINVAL no status of a rollout'],
    ['a state that there is not', { ...end, state: 'asleep' }, 'EINVAL no status of a rollout: state: '],
    ['a host that is something else', withFirst({ state: 'lost' }), 'EINVAL no status of a rollout: hosts[0].state: '],
    ['a time that is none', { ...end, started: 'soon' }, 'EINVAL no status of a rollout: started: '],
    ['a moment beyond all dates', { ...end, started: 1e300 }, 'EINVAL no status of a rollout: started: '],
    ['no end of waves', { ...end, waves: Array(1001).fill(end.waves[0]) }, 'EINVAL no status of a rollout: waves: '],
    [
      'a count that is wrong',
      { ...end, outcomes: { ...end.outcomes, lost: end.outcomes.lost + 1 } },
      `EINVAL its numbers do not add up: ${end.outcomes.lost + 1} are said to be lost, and ${end.outcomes.lost} are`,
    ],
    [
      'a downtime beyond all ages',
      withResult({ downtimeMs: 2 ** 53 }),
      'EINVAL no status of a rollout: hosts[0].result.downtimeMs: ',
    ],
    [
      'a log whose phases took beyond all ages',
      withResult({ evidence: { startup: { ms: 1e300, bound: 'exact' } } }),
      'EINVAL no status of a rollout: hosts[0].result.evidence.startup.ms: ',
    ],
    [
      'a log with a phase that every object has',
      withResult({
        evidence: JSON.parse('{"startup": {"ms": 1, "bound": "exact"}, "__proto__": {"ms": 1, "bound": "exact"}}'),
      }),
      'EINVAL no status of a rollout: hosts[0].result.evidence: a phase with a name that no phase can have',
    ],
    [
      'a log with a time below zero',
      withResult({ evidence: { startup: { ms: -5000, bound: 'at-least' } } }),
      'EINVAL no status of a rollout: hosts[0].result.evidence.startup.ms: a time below zero',
    ],
    [
      'no end of phases',
      withResult({
        evidence: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`phase ${at}`, { ms: 1, bound: 'exact' }])),
      }),
      'EINVAL no status of a rollout: hosts[0].result.evidence: more than 64 phases',
    ],
    ['hosts that are left out', { ...end, hosts: end.hosts.slice(100) }, 'EINVAL its numbers do not add up: '],
    ['a host of no wave', withFirst({ wave: 'x' }), 'EINVAL its numbers do not add up: '],
  ])('with %s is refused in words', (_, value, words) => {
    expect(refusal(bytesOf(value)).slice(0, words.length)).toBe(words);
  });

  test('that is no text, or no JSON, is refused in words', () => {
    expect(refusal(Uint8Array.of(0xff, 0xfe, 0))).toBe('EINVAL no status of a rollout: it is no JSON');
    expect(refusal(new Uint8Array(0))).toBe('EINVAL no status of a rollout: it is no JSON');
    expect(refusal(bytesOf(end).slice(0, -10))).toBe('EINVAL no status of a rollout: it is no JSON');
  });

  test('whose fields hold what a page may take for more is refused without showing it', () => {
    expect(refusal(bytesOf({ ...end, state: '\u001b[2J' }))).not.toContain('\u001b');
  });
});
