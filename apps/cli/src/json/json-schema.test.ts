import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Command } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { documents } from './index.ts';
import { schemaFiles } from './json-schema.ts';

const folder = join(import.meta.dirname, '../../schema');
const published = readdirSync(folder).toSorted();

const takesJson = (command: Command): boolean => 'json' in command.options;

test('every command that takes --json has its schema, and no other', () => {
  const names = commands.flatMap((each) =>
    'verbs' in each
      ? each.verbs.filter(takesJson).map(({ name }) => `${each.name}-${name}`)
      : [each].filter(takesJson).map(({ name }) => name),
  );
  expect(Object.keys(documents).toSorted()).toEqual([...names, 'error'].toSorted());
});

test('no result has a member of the name error: whoever reads one knows it from an error', () => {
  for (const { name, text } of schemaFiles()) {
    const { properties, anyOf = [], oneOf = [] } = JSON.parse(text);
    const all = [properties, ...[...anyOf, ...oneOf].map((each) => each.properties)].filter(isRecord);
    expect(all, name).not.toEqual([]);
    expect(
      all.some((each) => 'error' in each),
      name,
    ).toBe(name === 'error.json');
  }
});

test('what is published is what is declared', () => {
  expect(published).toEqual(
    schemaFiles()
      .map(({ name }) => name)
      .toSorted(),
  );
  for (const { name, text } of schemaFiles())
    expect(readFileSync(join(folder, name), 'utf8') === text, `${name}: run node scripts/schemas.mjs`).toBe(true);
});

/** A schema, or a part of one, with where it stands. */
type Part = readonly [path: string, part: Readonly<Record<string, unknown>>];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All objects in a schema; those that only hold names stand between. */
function partsOf(value: unknown, path: string): Part[] {
  if (Array.isArray(value)) return value.flatMap((each, at) => partsOf(each, `${path}/${at}`));
  if (!isRecord(value)) return [];
  return [[path, value], ...Object.entries(value).flatMap(([key, inner]) => partsOf(inner, `${path}/${key}`))];
}

/** Whether a member says what it is: by itself, by its only word, or as one of several that it can be. */
function isDescribed(member: unknown): boolean {
  if (!isRecord(member)) return false;
  if ('description' in member || '$ref' in member || 'const' in member) return true;
  return Array.isArray(member.anyOf) && member.anyOf.some(isDescribed);
}

describe.each(published)('%s', (name) => {
  const parts = partsOf(JSON.parse(readFileSync(join(folder, name), 'utf8')), '');

  test('has no object that takes members which it does not name', () => {
    const objects = parts.filter(([, { type, properties }]) => type === 'object' && isRecord(properties));
    expect(objects.filter(([, part]) => part.additionalProperties !== false).map(([path]) => path)).toEqual([]);
  });

  test('says what each member is', () => {
    const members = parts.flatMap(([path, { type, properties }]) =>
      type === 'object' && isRecord(properties)
        ? Object.entries(properties).map(([key, member]): [string, unknown] => [`${path}/${key}`, member])
        : [],
    );
    const silent = members.filter(([, member]) => !isDescribed(member));
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});
