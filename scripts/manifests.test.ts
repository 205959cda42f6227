import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, workspaceMembers } from './testing/copy-of-tree.ts';

const members = workspaceMembers().filter((member) => !member.startsWith('tools/'));

test.each(members)('%s says what npm shows of it', (member) => {
  const manifest = JSON.parse(readFileSync(join(root, member, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    description: expect.stringMatching(/^\S.{20,}[^.\s]$/),
    license: 'MIT',
    repository: { type: 'git', url: expect.stringMatching(/^git\+\S+\.git$/), directory: member },
  });
  expect(manifest.keywords).toEqual(expect.arrayContaining([expect.stringMatching(/^[a-z0-9][a-z0-9 -]*$/)]));
  expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
});
