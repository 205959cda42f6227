import { expect, test } from 'vitest';
import { describeHost, preflight, readHost } from './index.ts';
import { healthy, iomemFixture, plant } from './testing/tree.ts';

const DT = '/sys/firmware/devicetree/base';

test('the example of the README', async () => {
  const root = await plant({
    ...healthy,
    '/proc/iomem': iomemFixture('raspberrypi_4b_4g'),
    '/sys/devices/virtual/misc/kvm/': '',
    [`${DT}/psci/compatible`]: null,
    [`${DT}/psci/method`]: null,
    [`${DT}/cpus/cpu@0/enable-method`]: 'spin-table\0',
    [`${DT}/cpus/cpu@1/enable-method`]: 'spin-table\0',
  });

  const host = await readHost({ root });
  const lines = preflight(host).map(({ severity, id, what }) => `${severity} ${id} ${what}`);
  expect(lines.slice(0, 3)).toEqual([
    'blocker cpu-offline the 4 CPUs are started by spin-table',
    'ok architecture the kernel is for aarch64',
    'ok kexec-support the kernel has kexec_load',
  ]);

  const machine = describeHost(host);
  expect(machine.assumptions[0]).toBe('EL2: KVM runs, so the kernel was started at EL2');
});
