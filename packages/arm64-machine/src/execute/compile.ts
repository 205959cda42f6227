import type { Decoded } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { arithmetic } from './arithmetic.ts';
import { branches } from './branch.ts';
import { loadsAndStores } from './load-store.ts';
import type { Factories, Op } from './op.ts';
import { system } from './system.ts';

const factories: Factories = { ...arithmetic, ...branches, ...loadsAndStores, ...system };

/** Compiles a decoded word for a CPU; `undefined` for what the machine does not model. */
export function compile(cpu: Cpu, decoded: Decoded): Op | undefined {
  return factories[decoded.id]?.(cpu, decoded.operands);
}
