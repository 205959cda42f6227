import { readSync } from 'node:fs';
import { errnoOf, latin1 } from '../reading.ts';

/** The kernel's log as a device: one record at each read, and EAGAIN behind the last. */
export const KMSG: string = '/dev/kmsg';

const RECORD_MAX = 8192;
/** More than the largest buffer holds that a kernel can be told to keep. */
const RECORDS_MAX = 2 ** 20;

/** The records of the kernel's log, opened so that it never waits. One that was overwritten meanwhile is left out. */
export function* recordsOf(file: number): Generator<string> {
  const room = Buffer.alloc(RECORD_MAX);
  for (let at = 0; at < RECORDS_MAX; at += 1) {
    const record = readRecord(file, room);
    if (record === undefined) return;
    yield record;
  }
}

/** The next record, or `undefined` behind the last. */
function readRecord(file: number, room: Buffer): string | undefined {
  try {
    const size = readSync(file, room, 0, RECORD_MAX, null);
    return size === 0 ? undefined : latin1(room.subarray(0, size));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    if (errnoOf(error) === 'EPIPE') return '';
    throw error;
  }
}
