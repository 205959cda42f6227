import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();

describe('what makes no sense is refused with exit code 2 and a hint', () => {
  test.each([
    [['reboot', '--strategy', 'magic'], /--strategy cannot be magic; give one of mmu-off, mmu-on, reserved, crash-r/],
    [['reboot', '--colour', 'red'], /unknown option '--colour'/],
    [['reboot', 'now'], /too many arguments/],
    [['prove'], /missing required argument 'plan'/],
    [['shutdown'], /unknown command/],
    [['reboot', '--memory', '2G'], /--memory has no meaning on the simulated machine.*--iomem/],
    [['reboot', '--expect', 'x'], /--expect has no meaning/],
    [['reboot', '--machine', 'qemu', '--iomem', 'x'], /--iomem has no meaning on the qemu machine.*--memory/],
    [['reboot', '--machine', 'qemu'], /give one with --kernel/],
    [['reboot', '--machine', 'qemu', '--memory', '2Q'], /--memory cannot be 2Q; give whole MiB/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--expect', '('], /--expect cannot be \(; .*regular expression/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--timeout', '0'], /--timeout cannot be 0; give seconds/],
    [['reboot', '--machine', 'hardware'], /--machine cannot be hardware; give one of simulated, qemu/],
    [['reboot', '--seed', 'one'], /--seed cannot be one; give a whole number/],
    [['reboot', '--cpus', '0'], /1 to 512/],
    [['reboot', '--el', '3'], /give one of 1, 2/],
    [['reboot', '--el', '1', '--vhe'], /--vhe with --el 1/],
    [['reboot', '--el', '2', '--soft-restart'], /--soft-restart at EL2/],
    [['reboot', '--kernel', '/nowhere/Image'], /cannot read --kernel \/nowhere\/Image/],
    [['reboot', '--iomem', '/nowhere/iomem'], /cannot read --iomem \/nowhere\/iomem/],
    [['reboot', '--initrd', 'x'], /--initrd stands without --kernel/],
    [['reboot', '--save-plan', 'x'], /choose one with --strategy/],
    [['reboot', '--generations', '3'], /choose one with --strategy/],
    [['reboot', '--reserve', '64M'], /add --strategy reserved or crash-region/],
    [['reboot', '--reserve', '64M', '--strategy', 'mmu-on'], /add --strategy reserved or crash-region/],
    [['reboot', '--generations', '0', '--strategy', 'reserved'], /1 to 100/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--generations', '2'], /use the simulated machine/],
    [['run', '/nowhere/plan.json'], /cannot read the plan \/nowhere\/plan.json/],
    [['diff', '/nowhere/plan.json', 'x'], /cannot read the plan \/nowhere\/plan.json/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await kexeckitHere(args);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

test('a plan that cannot be written ends the reboot before the point of no return', async () => {
  const file = join(folder, 'missing', 'plan.json');
  const { code, out, err } = await kexeckitHere(['reboot', '--strategy', 'reserved', '--save-plan', file]);
  expect(err).toMatch(/failed while staging \(phase stage\)\n {2}EIO: cannot write --save-plan .*; check the path/);
  expect(out).toBe('');
  expect(code).toBe(1);
});
