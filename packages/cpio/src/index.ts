export { cpio } from './cpio.ts';
export type { Entry } from './entry.ts';
export { CpioError, type CpioErrorCode } from './error.ts';
