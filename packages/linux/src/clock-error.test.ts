import { describe, expect, test } from 'vitest';
import { clockError } from './clock-error.ts';
import { DiskFiles } from './files/disk.ts';
import { type Files, plant } from './testing/tree.ts';

const RTC = '/sys/class/rtc/rtc0';
const SET = 1_790_000_000;
const rtc: Files = { [`${RTC}/hctosys`]: '1\n', [`${RTC}/since_epoch`]: `${SET}\n` };

const errorAt = async (now: number | undefined, files: Files = rtc) =>
  await clockError(new DiskFiles(await plant(files)), now);

describe('a clock that was set from a hardware clock', () => {
  test.each([
    ['is as good as that', SET + 0.7, 1],
    ['which counts the time of a zone', SET + 5.5 * 3600 + 0.5, 1],
    ['and was corrected since', SET - 7, 8],
  ])('%s', async (_, now, plusMinus) => {
    expect(await errorAt(now)).toEqual({ ok: true, value: plusMinus });
  });

  test.each([
    ['of a copied tree', undefined, rtc],
    ['which does not say its time', SET, { ...rtc, [`${RTC}/since_epoch`]: null }],
  ])('is believed: %s', async (_, now, files) => {
    expect(await errorAt(now, files)).toEqual({ ok: true, value: 1 });
  });

  test('without a battery it is worth nothing, until the network is asked', async () => {
    const empty = { ...rtc, [`${RTC}/since_epoch`]: '35\n' };
    expect(await errorAt(SET, empty)).toMatchObject({
      ok: false,
      unread: { path: `${RTC}/since_epoch`, code: 'ENODATA', reason: expect.stringMatching(/says another time/) },
    });
    const asked = { ...empty, '/run/systemd/timesync/synchronized': '' };
    expect(await errorAt(SET, asked)).toEqual({ ok: true, value: 0.01 });
  });
});
