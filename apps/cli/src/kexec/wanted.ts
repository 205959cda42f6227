/** Which system call loads: only one of them, or kexec_file_load and, where it cannot, kexec_load. */
export type Call = 'kexec_file_load' | 'kexec_load' | 'either';

/** What options ask for, one after the other: each sets what it sets, and the last one counts. */
export interface Wanted {
  readonly load: boolean;
  readonly shutdown: boolean;
  readonly sync: boolean;
  readonly ifdown: boolean;
  readonly exec: boolean;
  readonly unload: boolean;
  /** Says whether something is loaded, and does nothing else. */
  readonly status: boolean;
  /** Says how large the crash kernel's region is, and does nothing else. */
  readonly size: boolean;
  /** What a panic starts; else what a reboot starts. */
  readonly panic: boolean;
  /** Whether `-l` was given: what `-S` asks about. */
  readonly normal: boolean;
  /** These win over what takes network or file systems down, whatever the order. */
  readonly noIfdown: boolean;
  readonly noSync: boolean;
  readonly noChecks: boolean;
  readonly debug: boolean;
  readonly call: Call;
  readonly reuseCmdline: boolean;
  readonly reuseInitrd: boolean;
  readonly noCma: boolean;
  readonly append: string | undefined;
  readonly initrd: string | undefined;
  readonly dtb: string | undefined;
  readonly serial: string | undefined;
  readonly type: string | undefined;
  readonly memMin: string | undefined;
  readonly memMax: string | undefined;
}

/** The values of {@link Wanted} that are texts. */
export type TextName = 'append' | 'initrd' | 'dtb' | 'serial' | 'type' | 'memMin' | 'memMax';

/** What is done where no option says otherwise: load, and reboot by shutdown(8). */
export const byDefault: Wanted = {
  ...{ load: true, shutdown: true, sync: true, ifdown: false, exec: false, unload: false },
  ...{ status: false, size: false, panic: false, normal: false, noIfdown: false, noSync: false, noChecks: false },
  ...{ debug: false, call: 'either', reuseCmdline: false, reuseInitrd: false, noCma: false },
  ...{ append: undefined, initrd: undefined, dtb: undefined, serial: undefined, type: undefined },
  ...{ memMin: undefined, memMax: undefined },
};
