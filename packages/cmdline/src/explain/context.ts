import type { Reading } from '../crashkernel.ts';

/** What is asked of whom. */
export interface ExplainJob extends Reading {
  ram: bigint;
  /** Bytes of the line that the kernel keeps. */
  max: number;
}

/** What the checks need to know besides the occurrence. */
export interface ExplainContext extends ExplainJob {
  line: string;
}

/** arm64 wants regions at multiples of 2 MiB. */
export const ALIGN = 0x20_0000n;
/** What kdump's tools recommend on arm64 with 4 KiB pages. */
export const RECOMMENDED = '2G-4G:256M,4G-64G:320M,64G-:576M';
/** How most findings begin to say what Linux does. */
export const NOTHING = 'Linux reserves nothing';
