import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDts, serializeFdt } from '@kexeckit/fdt';
import { generateWorkload, type LoadedReboot, planReboot, type RebootRequest } from '@kexeckit/reboot';
import { loadImage } from '@kexeckit/relocation';
import { QemuMachine, type QemuOptions } from '../../src/index.ts';

/** RAM of the machine in bytes. */
const MEMORY: bigint = 256n << 20n;

const program = join(import.meta.dirname, 'fake-qemu.mjs');

/** What the fake's machine is like: see its head. */
export interface World {
  readonly tree: string;
  readonly registers: Readonly<Record<string, string>>;
  readonly dtb: string;
  readonly jump: string;
  readonly entry: string;
}

const tree = `/dts-v1/;
/ {
  #address-cells = <2>;
  #size-cells = <2>;
  compatible = "linux,dummy-virt";
  memory@40000000 {
    device_type = "memory";
    reg = <0 0x40000000 0 0x${MEMORY.toString(16)}>;
  };
};`;

const world: World = {
  tree: Buffer.from(serializeFdt(parseDts(tree))).toString('base64'),
  registers: {
    id_aa64mmfr0_el1: '0x1124',
    id_aa64mmfr1_el1: '0x0',
    id_aa64isar0_el1: '0x11120',
    ctr_el0: '0x8444c004',
    sctlr: '0xc50838',
  },
  ...{ dtb: '0x0', jump: '0x0', entry: '0x0' },
};

/** A place for fakes, whose processes and temporary files can be found. */
export class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kexeckit-fake-'));
  #count = 0;

  constructor() {
    mkdirSync(this.temporary);
  }

  /** What TMPDIR has to be, for what they leave to be found. */
  get temporary(): string {
    return join(this.#folder, 'tmp');
  }

  /** A program that is a QEMU but for one misbehaviour at one moment. */
  program(kind = '', moment = '', of: World = world): string {
    const path = join(this.#folder, `qemu-${++this.#count}.fake`);
    writeFileSync(`${path}.json`, JSON.stringify(of));
    const words = [process.execPath, program, `${path}.json`, kind, moment].map((word) => `'${word}'`);
    writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
    return path;
  }

  /** Resolves when a program has come to its moment. */
  async met(program: string): Promise<void> {
    while (!existsSync(`${program}.json.met`)) await sleep(20);
  }

  /** Processes of a program and temporary files that are left, after a while in which they may go. */
  async left(program: string): Promise<string[]> {
    const look = (): string[] => [...processesOf(program), ...readdirSync(this.temporary)];
    let found = look();
    for (let tries = 0; found.length > 0 && tries < 100; tries++) {
      await sleep(50);
      found = look();
    }
    return found;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

const processesOf = (program: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf)
    .filter((command) => command.includes(program));

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** A machine on this program. */
export const machineOn = (binary: string, options: Partial<QemuOptions> = {}): QemuMachine =>
  new QemuMachine({ memory: MEMORY, cpus: 1, exceptionLevel: 1, binary, ...options });

/** A reboot that needs no relocation, ready to run; what was asked for, and the world in which a fake does what is left of it. */
export interface Ready {
  readonly request: RebootRequest;
  readonly loaded: LoadedReboot;
  readonly world: World;
}

export async function rebootWithout(place: Place): Promise<Ready> {
  const reality = await machineOn(place.program()).describe();
  const files = generateWorkload(300_000, 100_000, 9);
  const request: RebootRequest = { ...files, cmdline: 'console=ttyAMA0', seed: 1, strategy: 'reserved' };
  const { plan, contents } = await planReboot(request, reality);
  const { jump, placement } = plan.stage;
  const [dtb, entry] = [placement.dtb, placement.entry].map((address) => `0x${address.toString(16)}`);
  return {
    request,
    loaded: { plan, contents, image: loadImage(plan.stage, contents) },
    world: { ...world, jump: `0x${jump.toString(16)}`, dtb: dtb ?? '', entry: entry ?? '' },
  };
}
