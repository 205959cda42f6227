export { GdbClient, type GdbRegisters } from './gdb.ts';
export { QemuMachine } from './machine.ts';
export { type QemuOptions, userSpaceMark } from './options.ts';
export { QmpClient } from './qmp.ts';
