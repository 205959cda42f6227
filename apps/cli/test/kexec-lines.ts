/** A command line that both programs refuse; `{}` stands for the folder that the files below are in. */
export interface RefusedLine {
  readonly args: string;
  /** What kexeckit says of it: it is refused for that, and for nothing else. */
  readonly says: RegExp;
  /** That kexec-tools of Debian 12 is too old to know the option: it refuses it for that. */
  readonly isNewer?: true;
}

/** Files that are no kernels, by name. */
export const noKernels: Readonly<Record<string, string>> = { empty: '', noise: 'noise '.repeat(2000) };

/** Each option with what it cannot have, and what makes no sense whatever the machine is. */
export const refusedLines: readonly RefusedLine[] = [
  { args: '-z', says: /invalid option -- 'z'/ },
  { args: '--bogus', says: /unrecognized option '--bogus'/ },
  { args: '--re -l {}/Image', says: /option '--re' is ambiguous/ },
  { args: '--load=1', says: /option '--load' doesn't allow an argument/ },
  ...['append', 'command-line', 'dtb', 'initrd', 'ramdisk', 'serial', 'type', 'mem-min', 'mem-max', 'entry'].map(
    (name) => ({
      args: `-l {}/Image --${name}`,
      says: new RegExp(`option '--${name}' requires an argument`),
    }),
  ),
  ...[
    ...[
      'help',
      'version',
      'debug',
      'status',
      'load-panic',
      'unload',
      'exec',
      'force',
      'no-ifdown',
      'no-sync',
      'no-checks',
    ],
    ...['reuseinitrd', 'print-ckr-size', 'load-preserve-context', 'load-jump-back-helper', 'load-live-update'],
    ...['exec-live-update', 'kexec-file-syscall', 'kexec-syscall', 'kexec-syscall-auto', 'reuse-cmdline'],
  ].map((name) => ({ args: `--${name}=x`, says: new RegExp(`option '--${name}' doesn't allow an argument`) })),
  ...['hotplug', 'no-cma', 'force-dtb'].map((name) => ({
    args: `--${name}=x`,
    says: new RegExp(`option '--${name}' doesn't allow an argument`),
    isNewer: true as const,
  })),
  { args: '-t', says: /option requires an argument -- 't'/ },
  { args: '-?', says: /Usage: kexec/ },
  { args: '', says: /No kernel specified/ },
  { args: '-l', says: /No kernel specified/ },
  { args: '-f', says: /No kernel specified/ },
  { args: '-l {}/nothere', says: /cannot read the kernel .*nothere/ },
  { args: '{}/nothere', says: /cannot read the kernel .*nothere/ },
  { args: '-c -l {}/folder', says: /folder is a folder/ },
  { args: '-c -l {}/empty', says: /empty is empty/ },
  { args: '-c -l {}/noise', says: /Cannot determine the file type of .*noise: a text, not a kernel/ },
  { args: '-t Bogus -l {}/Image', says: /Unsupported kernel type Bogus/ },
  { args: '-c -t uImage -l {}/Image', says: /Wrong file type uImage/ },
  { args: '-c -t vmlinux -l {}/Image', says: /Wrong file type vmlinux/ },
  { args: '--mem-min=zz -l {}/Image', says: /Bad option value in --mem-min=zz/ },
  { args: '--mem-max=0x -l {}/Image', says: /Bad option value in --mem-max=0x/ },
  { args: '--entry=zz -l {}/Image', says: /has no --entry=ADDR/ },
  { args: '-c -l {}/Image --initrd={}/nothere', says: /cannot read --initrd .*nothere/ },
  { args: '-c -l {}/Image --initrd={}/empty', says: /empty is empty/ },
  { args: '-c -l {}/Image --dtb={}/nothere', says: /cannot read --dtb .*nothere/ },
  { args: '-c -l {}/Image --dtb={}/empty', says: /empty is empty/ },
  { args: '-c -l {}/Image --reuseinitrd', says: /didn't retain the initrd/ },
  { args: '--load-preserve-context -l {}/Image', says: /has no --load-preserve-context/ },
  { args: '--load-jump-back-helper -l {}/Image', says: /has no --load-jump-back-helper/ },
  { args: '--load-live-update -l {}/Image', says: /has no --load-live-update/ },
  { args: '--exec-live-update', says: /has no --exec-live-update/ },
  { args: '--hotplug -l {}/Image', says: /has no --hotplug/, isNewer: true },
];

/** Verbs together, of which it can be seen afterwards what is loaded: nothing is before. */
export const verbLines: readonly string[] = [
  '-l',
  '-p',
  '-u',
  '-u -l',
  '-l -u',
  '-p -u',
  '-u -p',
  '-l -p',
  '-p -l',
  '-lS',
  '-S -p',
];
