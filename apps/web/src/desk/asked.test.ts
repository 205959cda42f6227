import { strategies } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { machineOf, requestOf } from './asked.ts';
import { defaultWishes, readWishes, type Wishes, type WishTexts } from './wishes.ts';

function wishesOf(texts: Partial<WishTexts>): Wishes {
  const { wishes } = readWishes({ ...defaultWishes, ...texts });
  if (wishes === undefined) throw new TypeError('wrong wishes');
  return wishes;
}

test('the machine has the CPUs that are wished for', async () => {
  const texts = { lacks: 'sha256', cacheLine: '128', cpus: '3', exceptionLevel: '1', softRestart: 'yes' };
  const reality = await machineOf({ wishes: wishesOf(texts), files: {} }).describe();
  expect(reality).toMatchObject({ cpus: 3, exceptionLevel: 1, softRestart: true });
  expect(reality.features).toMatchObject({ sha256: false, dataLine: 128, instructionLine: 128 });
});

test('a region is asked for where the strategy has one', () => {
  const asked = strategies
    .map(({ name }) =>
      requestOf({ wishes: wishesOf({ reserve: '256M', kernelMib: '1', initrdMib: '1' }), files: {} }, name),
    )
    .filter(({ reserve }) => reserve === '256M')
    .map(({ strategy }) => strategy);
  expect(asked).toEqual(strategies.filter(({ region }) => region !== undefined).map(({ name }) => name));
});
