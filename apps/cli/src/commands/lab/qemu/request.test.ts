import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyOf, framed, wishes } from '../../../../test/lab-client.ts';
import { CliError } from '../../../error.ts';
import { qemuLimits } from './limits.ts';
import { readRequest } from './request.ts';

const kernel = Uint8Array.of(1, 2, 3);
const initrd = Uint8Array.of(4, 5);
const dtb = Uint8Array.of(6);
const read = (body: Uint8Array) => readRequest(body, qemuLimits);

test('reads wishes and files', () => {
  const asked = { ...wishes, seed: -3, until: 'mark', keep: true, reserve: '64M', verify: false };
  expect(read(bodyOf({ kernel, initrd, dtb }, asked))).toEqual({
    machine: { memory: 512n << 20n, cpus: 1, exceptionLevel: 1, vhe: false, softRestart: false, until: 'mark' },
    job: {
      ...{ kernel, initrd, dtb, cmdline: 'console=ttyAMA0', strategy: 'mmu-on', seed: -3, breadcrumbs: true },
      ...{ reserve: '64M', verify: false, takes: ['dtb'], unpackedMax: qemuLimits.unpackedBytes },
    },
    keep: true,
  });
  const { job, keep } = read(bodyOf({ kernel }, { ...wishes, keep: true }));
  expect(job.initrd).toBeUndefined();
  expect(job.takes).toEqual(['initrd', 'dtb']);
  // Nothing is there to be kept at a jump.
  expect(keep).toBe(false);
});

test.each<[string, Uint8Array, RegExp]>([
  ['nothing', new Uint8Array(0), /no head/],
  ['a head that is not there', Uint8Array.of(0, 0, 1, 0, 1), /no head/],
  ['a head that is too long', Buffer.concat([Uint8Array.of(0, 2, 0, 0), new Uint8Array(2 ** 18)]), /no head/],
  ['no JSON', framed('{'), /no JSON/],
  ['no UTF-8', Buffer.concat([Uint8Array.of(0, 0, 0, 1, 0xff)]), /no JSON/],
  ['no object', framed('null'), /its head/],
  ['no kernel', bodyOf({ initrd }), /files\.kernel/],
  ['another file', bodyOf({ kernel, other: initrd }), /files\.other/],
  ['fewer bytes than told', bodyOf({ kernel }).subarray(0, -1), /3 bytes of files, and has 2/],
  ['more bytes than told', Buffer.concat([bodyOf({ kernel }), dtb]), /3 bytes of files, and has 4/],
  ['a path', bodyOf({ kernel }, { ...wishes, kernelPath: '/etc/passwd' }), /wishes\.kernelPath/],
  ['a program', bodyOf({ kernel }, { ...wishes, qemu: '/bin/sh' }), /wishes\.qemu/],
  ['a pattern', bodyOf({ kernel }, { ...wishes, expect: '(a+)+$' }), /wishes\.expect/],
  ['a strategy that there is not', bodyOf({ kernel }, { ...wishes, strategy: 'x' }), /wishes\.strategy/],
  ['too much RAM', bodyOf({ kernel }, { ...wishes, memoryMib: 4097 }), /wishes\.memoryMib/],
  ['a part of a CPU', bodyOf({ kernel }, { ...wishes, cpus: 1.5 }), /wishes\.cpus/],
  ['too many CPUs', bodyOf({ kernel }, { ...wishes, cpus: 9 }), /wishes\.cpus/],
  ['two lines', bodyOf({ kernel }, { ...wishes, cmdline: 'a\nb' }), /wishes\.cmdline/],
  ['a line that is too long', bodyOf({ kernel }, { ...wishes, cmdline: 'a'.repeat(2048) }), /wishes\.cmdline/],
])('refuses %s', (_, body, message) => {
  expect(() => read(body)).toThrow(CliError);
  expect(() => read(body)).toThrow(message);
});

test('whatever is sent, it is read or refused in words', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 64 }),
        fc.json().map((json) => framed(json)),
        fc.json().map((json) => bodyOf({ kernel }, JSON.parse(json))),
      ),
      (body) => {
        try {
          read(body);
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      },
    ),
    { numRuns: 300 },
  );
});
