import type { Claim, HostSlots } from '@kexeckit/linux';
import { phases, RebootError } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { leaveOnce } from './exec.ts';

const slots: HostSlots = { next: true, crash: undefined, crashSize: undefined };

/** A claim that notes what becomes of it. */
function noted(): { readonly log: string[]; readonly claimIt: () => Claim } {
  const log: string[] = [];
  const claim: Claim = { path: '/claims/r', withdraw: () => void log.push('withdrawn') };
  return {
    log,
    claimIt: () => {
      log.push('claimed');
      return claim;
    },
  };
}

test('the claim comes right before the reboot, and stays', async () => {
  const { log, claimIt } = noted();
  const told = await leaveOnce({}, claimIt, async (_, last) => {
    log.push('looked');
    last?.();
    log.push('gone');
    return slots;
  });
  expect(told).toBe(slots);
  expect(log).toEqual(['looked', 'claimed', 'gone']);
});

test('nothing is claimed where nothing is loaded', async () => {
  const { log, claimIt } = noted();
  const nothing = new RebootError('ENOENT', 'no image is loaded', 'load one', { phase: phases.stage });
  await expect(leaveOnce({}, claimIt, () => Promise.reject(nothing))).rejects.toBe(nothing);
  expect(log).toEqual([]);
});

test.each([
  ['is withdrawn where the kernel refuses', 'EPERM', ['claimed', 'withdrawn']],
  ['is withdrawn where the service manager refuses', 'EIO', ['claimed', 'withdrawn']],
  ['stays where services are stopped still', 'ETIMEDOUT', ['claimed']],
  ['stays where nobody waits for it any more', 'ECANCELED', ['claimed']],
] as const)('it %s', async (_, code, expected) => {
  const { log, claimIt } = noted();
  const error = new RebootError(code, 'so', 'then', { phase: phases.shutdown });
  const left = leaveOnce({}, claimIt, async (_how, last) => {
    last?.();
    throw error;
  });
  await expect(left).rejects.toBe(error);
  expect(log).toEqual(expected);
});

test('who may not claim does not reboot', async () => {
  const refused = new Error('EEXIST');
  let gone = false;
  const left = leaveOnce(
    {},
    () => {
      throw refused;
    },
    async (_, last) => {
      last?.();
      gone = true;
      return slots;
    },
  );
  await expect(left).rejects.toBe(refused);
  expect(gone).toBe(false);
});
