export { cpio } from './cpio.ts';
export type { Entry } from './entry.ts';
export { CpioError, type CpioErrorCode, type CpioErrorDetails } from './error.ts';
