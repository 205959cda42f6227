/** Seconds of each phase of a reboot that a source gives; `total` is the whole reboot, where it gives no more than that. */
export interface PhaseSeconds {
  readonly shutdown?: number;
  /** Moving segments to their destinations. */
  readonly relocation?: number;
  /** Purgatory's SHA-256 over the segments. */
  readonly checksum?: number;
  readonly startup?: number;
  readonly total?: number;
}

/** One published measurement of a kexec reboot, with the figures of its source. */
export interface PublishedMeasurement {
  /** Where it was published. */
  readonly source: string;
  readonly machine: string;
  /** What was loaded, in units of 2^20 bytes, where the source says so: image and initramfs together. */
  readonly megabytes?: number;
  /** Whether the phase that was measured ran with the MMU, and so the data cache, on; absent where the source says neither. */
  readonly mmu?: 'off' | 'on';
  readonly seconds: PhaseSeconds;
  readonly note?: string;
}

/**
 * Every published measurement of a kexec reboot whose figures can be used, each once, by a name of ours. Ranges and
 * figures in words ("could take over a second") are left out.
 */
export const measurements = {
  stingray2019: {
    source: 'cover letter, July 2019',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 37,
    mmu: 'off',
    seconds: { shutdown: 0.03, relocation: 0.35, startup: 0.29 },
    note: 'Image of 13M, initramfs of 24M, no check by purgatory; the mail itself says only "ARM64 processor"',
  },
  stingray2019Checksum: {
    source: 'reply on the July 2019 series',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 37,
    mmu: 'off',
    seconds: { checksum: 2.31 },
    note: 'what `kexec -i` saves on the reboot of the cover letter',
  },
  stingrayOff: {
    source: 'MMU series, RFC v2 to v18',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 25,
    mmu: 'off',
    seconds: { shutdown: 0.022131328, relocation: 0.440510736, startup: 0.294706768 },
  },
  stingrayOn: {
    source: 'MMU series, RFC v2 to v18',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 25,
    mmu: 'on',
    seconds: { shutdown: 0.032066576, relocation: 0.022158152, startup: 0.29605588 },
  },
  stingrayCommitOff: {
    source: 'MMU series, commit text',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 25,
    mmu: 'off',
    seconds: { relocation: 0.382 },
    note: 'differs from the figure of the cover letters for the same payload and machine',
  },
  stingrayCommitOn: {
    source: 'MMU series, commit text',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 25,
    mmu: 'on',
    seconds: { relocation: 0.019 },
    note: 'differs from the figure of the cover letters for the same payload and machine',
  },
  stingrayFitImageOff: {
    source: 'MMU series, v2 on',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 380,
    mmu: 'off',
    seconds: { total: 3.9 },
    note: 'fitImage of 380M, whole reboot',
  },
  stingrayFitImageOn: {
    source: 'MMU series, v2 on',
    machine: 'Broadcom Stingray, Cortex-A72',
    megabytes: 380,
    mmu: 'on',
    seconds: { total: 0.33 },
    note: 'fitImage of 380M, whole reboot',
  },
  initramfs120Off: {
    source: 'MMU series, test of v9',
    machine: 'not named',
    megabytes: 120,
    mmu: 'off',
    seconds: { relocation: 0.58 },
    note: 'initramfs of about 120 MB; both figures are rounded',
  },
  initramfs120On: {
    source: 'MMU series, test of v9',
    machine: 'not named',
    megabytes: 120,
    mmu: 'on',
    seconds: { relocation: 0.06 },
    note: 'initramfs of about 120 MB; both figures are rounded',
  },
  thunderX2Off: {
    source: 'MMU series, v13 on',
    machine: 'Cavium ThunderX2',
    megabytes: 84,
    mmu: 'off',
    seconds: { relocation: 7.489539915 },
    note: 'kernel of 38M, initramfs of 46M',
  },
  thunderX2On: {
    source: 'MMU series, v13 on',
    machine: 'Cavium ThunderX2',
    megabytes: 84,
    mmu: 'on',
    seconds: { relocation: 0.03946095 },
    note: 'kernel of 38M, initramfs of 46M',
  },
  hetznerChecksum: {
    source: 'nix-community/nixos-images, issue 102',
    machine: 'Hetzner CAX21 and CAX41, arm64',
    mmu: 'off',
    seconds: { checksum: 240 },
    note: '"4 minutes" of waiting, of which a few seconds are left without checks; payload not told',
  },
  x86Checksum: {
    source: 'kexec mailing list, June 2026',
    machine: 'x86, 4.0 GHz',
    seconds: { checksum: 0.25 },
    note: 'about 250 ms; payload not told; for comparison with arm64 only',
  },
} as const;

/** The name of a published measurement. */
export type MeasurementName = keyof typeof measurements;
