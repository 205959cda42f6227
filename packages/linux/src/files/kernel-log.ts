import type { FileHandle } from 'node:fs/promises';
import { errnoOf, latin1 } from '../reading.ts';

/** The kernel's log as a device: one record at each read, and EAGAIN behind the last. */
export const KMSG: string = '/dev/kmsg';

const RECORD_MAX = 8192;
/** More than the largest buffer holds that a kernel can be told to keep. */
const RECORDS_MAX = 2 ** 20;

/** The records of the kernel's log, opened so that it never waits. One that was overwritten meanwhile is left out. */
export async function* recordsOf(file: FileHandle): AsyncGenerator<string> {
  for (let at = 0; at < RECORDS_MAX; at += 1) {
    const record = await readRecord(file);
    if (record === undefined) return;
    yield record;
  }
}

/** The next record, or `undefined` behind the last. */
async function readRecord(file: FileHandle): Promise<string | undefined> {
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(RECORD_MAX), 0, RECORD_MAX, null);
    return bytesRead === 0 ? undefined : latin1(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    if (errnoOf(error) === 'EPIPE') return '';
    throw error;
  }
}
