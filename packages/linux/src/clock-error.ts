import type { HostFiles } from './files/host-files.ts';
import { readLine, readValue } from './read-value.ts';
import { known, type Reading, unknown } from './reading.ts';

const CLOCKS = '/sys/class/rtc';
/** Made by systemd-timesyncd, and by others through systemd, when they have set the clock. */
const SYNCHRONIZED = '/run/systemd/timesync/synchronized';

/** Seconds that a clock of whole seconds, read a moment later, is apart from another at most. */
const WHOLE = 2;
/** A difference up to here is what the clock is uncertain by. */
const MUCH = 60;
/** A hardware clock may count local time: in quarters of an hour, and at most so many seconds, from the world's. */
const ZONES = { step: 900, most: 14 * 3600 } as const;

/**
 * Seconds that CLOCK_REALTIME may be wrong by. Linux sets it from a hardware clock at boot, which counts whole seconds. Without one it
 * is whatever it was left at, until somebody asks the network: a time before that is worth nothing. Nor is one that is far from the
 * hardware clock: that has lost its battery, and the time was made up.
 *
 * @param now seconds of CLOCK_REALTIME; undefined where they are not those of the files.
 */
export async function clockError(files: HostFiles, now: number | undefined): Promise<Reading<number>> {
  if ((await files.read(SYNCHRONIZED)).ok) return known(0.01);
  const clocks = await files.list(CLOCKS);
  for (const { name } of clocks.ok ? clocks.value : []) {
    const sets = await readLine(files, `${CLOCKS}/${name}/hctosys`);
    if (sets.ok && sets.value === '1') return await apartFrom(files, `${CLOCKS}/${name}`, now);
  }
  return unknown(
    CLOCKS,
    'ENODATA',
    'nothing says that the clock of this host was set: neither a hardware clock nor the network',
  );
}

async function apartFrom(files: HostFiles, clock: string, now: number | undefined): Promise<Reading<number>> {
  const path = `${clock}/since_epoch`;
  const said = await readValue(files, path, { parse: secondsIn, wanted: 'a number of seconds' });
  if (!said.ok || now === undefined) return known(1);
  const apart = beyondZone(Math.abs(now - said.value));
  if (apart <= WHOLE) return known(1);
  if (apart <= MUCH) return known(apart + 1);
  return unknown(path, 'ENODATA', 'the hardware clock says another time, and nothing says who has set this one');
}

function secondsIn(text: string): number | undefined {
  return /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;
}

function beyondZone(apart: number): number {
  const zone = Math.round(apart / ZONES.step) * ZONES.step;
  return zone <= ZONES.most ? Math.abs(apart - zone) : apart;
}
