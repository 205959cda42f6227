import type { ClockSettings } from '../clock.ts';
import { FarmClient } from './client.ts';
import { clockOf } from './wire.ts';

/**
 * What the clock of a farm is made of: workers go by the same.
 *
 * @throws FleetError `ECONNREFUSED` where no farm listens at this address.
 */
export async function farmClock(address: string): Promise<ClockSettings> {
  const client = new FarmClient(address);
  try {
    return clockOf(await client.ask({ do: 'clock' }));
  } finally {
    client.close();
  }
}
