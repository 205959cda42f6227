import { standingOf } from '@kexeckit/rollout';
import { describe, expect, test } from 'vitest';
import { exampleKind, makeExample } from './example.ts';
import { glanceAt, hostsByWave, pictureOf, standings, waveAt } from './picture.ts';
import { RolloutSession } from './session.ts';

const { at, length } = makeExample(exampleKind('stopped'));
const early = at(length * 0.4);
const end = at(length);

describe('a picture', () => {
  test.each([
    ['under way', early],
    ['at the end', end],
  ])('has every host %s, as its status has it', (_, status) => {
    const picture = pictureOf(status);
    const hosts = new Map(status.hosts.map((host) => [host.host, host]));
    expect(picture.standing).toHaveLength(status.hosts.length);
    for (let index = 0; index < status.hosts.length; index++) {
      const glance = glanceAt(picture, index);
      const host = hosts.get(glance?.name ?? '');
      hosts.delete(glance?.name ?? '');
      if (host === undefined || glance === undefined) throw new TypeError(`${index} is no host`);
      expect([glance.standing, glance.wave]).toEqual([standingOf(host), host.wave]);
      if (host.state === 'running') expect([glance.phase, glance.moment]).toEqual([host.phase, host.since]);
      if (host.state === 'waiting') expect([glance.phase, glance.moment]).toEqual([undefined, undefined]);
      if (host.state !== 'ended') continue;
      const { trouble, downtimeMs, times } = host.result;
      expect(glance.trouble && { ...glance.trouble, phase: glance.phase }).toEqual(trouble);
      expect([glance.downtimeMs, glance.moment]).toEqual([downtimeMs, times.at(-1)?.end]);
    }
    expect(hosts.size).toBe(0);
    expect(glanceAt(picture, status.hosts.length)).toBeUndefined();
    for (const standing of standings)
      expect(picture.counts[standing]).toBe(status.hosts.filter((host) => standingOf(host) === standing).length);
    for (const wave of picture.waves) {
      const its = status.hosts.filter((host) => host.wave === wave.name);
      expect(standings.map((standing) => wave.counts[standing])).toEqual(
        standings.map((standing) => its.filter((host) => standingOf(host) === standing).length),
      );
    }
  });

  test('has hosts of one wave beside each other, in whatever order a status tells them', () => {
    const mixed = { ...end, hosts: end.hosts.toReversed() };
    const picture = pictureOf(mixed);
    for (const [index, host] of hostsByWave(mixed).entries()) {
      expect(waveAt(picture.waves, index)?.name).toBe(host.wave);
      expect(glanceAt(picture, index)?.name).toBe(host.host);
    }
  });

  test('lists hosts in trouble, the lost first', () => {
    const picture = pictureOf(end);
    const listed = [...picture.troubled].map((index) => glanceAt(picture, index));
    expect(listed.map((host) => host?.standing)).toEqual([
      ...Array<string>(end.outcomes.lost).fill('lost'),
      ...Array<string>(end.outcomes.failed).fill('failed'),
      ...Array<string>(end.outcomes.refused).fill('refused'),
    ]);
    expect(listed.every((host) => host?.trouble !== undefined)).toBe(true);
  });

  test('shows nothing of what hosts said that is more than text', () => {
    const lost = end.hosts.findIndex((host) => host.state === 'ended' && host.result.outcome === 'lost');
    const hosts = end.hosts.map((host, index) => {
      if (index !== lost || host.state !== 'ended' || host.result.trouble === undefined) return host;
      const trouble = { ...host.result.trouble, what: 'a\u202eb\u001b[2J' };
      return { ...host, result: { ...host.result, trouble, console: ['x\u0007', ...(host.result.console ?? [])] } };
    });
    const session = new RolloutSession();
    const picture = session.read(new TextEncoder().encode(JSON.stringify({ ...end, hosts })));
    const [first = 0] = picture.troubled;
    expect(glanceAt(picture, first)?.trouble?.what).toBe('a\\u{202e}b\\u{1b}[2J');
    expect(session.story(first)?.console?.[0]).toBe('x\\u{7}');
    expect(session.story(first)?.outcome).toBe('lost');
  });
});

test('the story of a host is found by the name that is shown, whatever that name holds', () => {
  const session = new RolloutSession();
  const name = 'a\u202eb\u0007';
  const [host, ...others] = end.hosts;
  if (host?.state !== 'ended') throw new TypeError('it has not ended');
  const renamed = { ...host, host: name, result: { ...host.result, host: name } };
  const picture = session.read(new TextEncoder().encode(JSON.stringify({ ...end, hosts: [renamed, ...others] })));
  const at = Array.from(picture.standing.keys()).find((index) =>
    glanceAt(picture, index)?.name.startsWith('a\\u{202e}'),
  );
  expect(at).toBeDefined();
  const story = session.story(at ?? -1);
  expect([story?.host, story?.wave]).toEqual([glanceAt(picture, at ?? -1)?.name, host.wave]);
});

test('a file that is too large is refused before anything of it is read', async () => {
  const file = new Blob([]);
  Object.defineProperty(file, 'size', { value: 2 ** 40 });
  let isRead = false;
  file.arrayBuffer = () => {
    isRead = true;
    return Promise.reject(new TypeError('read'));
  };
  await expect(new RolloutSession().open(file)).rejects.toMatchObject({ code: 'EFBIG' });
  expect(isRead).toBe(false);
  const whole = new Blob([JSON.stringify(end)]);
  expect((await new RolloutSession().open(whole)).counts).toEqual(pictureOf(end).counts);
});

test('a session keeps what it read when it is then given what it refuses', () => {
  const session = new RolloutSession();
  const picture = session.example('stopped', 1);
  const [first = 0] = picture.troubled;
  const story = session.story(first);
  expect(story?.host).toBe(glanceAt(picture, first)?.name);
  expect(() => session.read(new TextEncoder().encode('{'))).toThrow('it is no JSON');
  expect(session.story(first)).toEqual(story);
});
