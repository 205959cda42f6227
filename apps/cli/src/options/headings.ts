/** The parts of a command's help. */
export const NEXT_KERNEL = 'The next kernel:';
export const REBOOT = 'The reboot:';
export const OLD_KERNEL = 'The old kernel:';
export const MACHINE = 'The machine:';
export const PANIC = 'For a panic until then:';
export const OUTPUT = 'Output:';
export const PROFILE = 'The profile:';
export const EVIDENCE = 'The evidence:';
export const LINE = 'The line:';
export const REGION = 'The region:';
export const FILE = 'The file:';
export const FLEET = 'The fleet:';
export const ROLLOUT = 'The rollout:';
export const FARM = 'The farm:';
