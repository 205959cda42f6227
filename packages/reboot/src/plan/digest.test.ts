import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sha256Hex } from './digest.ts';

test.each([
  ['that computes it', crypto],
  ['that does not', {}],
  ['without the like', undefined],
])('SHA-256 on a platform %s', async (_, platform) => {
  vi.stubGlobal('crypto', platform);
  onTestFinished(() => void vi.unstubAllGlobals());
  const bytes = new Uint8Array(5000).fill(7);
  expect(await sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
