import { afterAll, beforeAll, describe, expect } from 'vitest';
import { FLEET_FOLDER } from '../agent/install.ts';
import { farmHosts } from '../simulation/config.ts';
import { type RunningFarm, startFarm } from '../simulation/start-farm.ts';
import { SimulatedTransport } from '../simulation/transport.ts';
import { transportContract } from '../testing/transport-contract.ts';

/** A farm is a process of its own, and runs what is built. */
const program = new URL('../../dist/simulation/program.js', import.meta.url).pathname;

describe('the simulated transport', () => {
  let farm: RunningFarm;
  let transport: SimulatedTransport;
  beforeAll(async () => {
    const clock = { scale: 1, start: Date.now(), realStart: Date.now() };
    farm = await startFarm({ seed: 1, hosts: 1, clock }, { program });
    transport = new SimulatedTransport({ address: farm.address, worker: 'w1' });
  });
  afterAll(async () => {
    await transport.close();
    await farm.stop();
  });

  transportContract(() => {
    const [first] = farmHosts(farm.config);
    if (first === undefined) expect.fail('a farm has a host');
    return { transport, host: first.entry, folder: FLEET_FOLDER };
  });
});
