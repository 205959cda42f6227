import { encode, x13, x14, xzr } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import { last } from './choose.ts';
import { foreignInstructions } from './emitter-foreign.ts';
import type { EmitterSabotage } from './emitter-kind.ts';
import { bytesOf } from './memory.ts';
import { crash, crumbs, off1, off2, on1, on2, plain, reserved, reservedVerified, soft, vhe } from './setups.ts';
import { controlPages, stageOf } from './stage.ts';

/** Registers of the routine. */
const [LINE_SIZE, CURSOR, LIST, HAS_SHA256, ENTRY_WORD] = [12, 13, 10, 26, 11];
const nop = encode('nop');

/** The plan's own copy of a control page becomes what is loaded, as if the emitter had made both. */
export function agree(victim: LoadedReboot): LoadedReboot {
  const stage = stageOf(victim);
  const own = new Set([...controlPages(victim, 'routine'), ...controlPages(victim, 'vectors')]);
  const pages = stage.controlPages.map((page) =>
    own.has(page.pfn) ? { ...page, bytes: bytesOf(victim, page.pfn).slice() } : page,
  );
  return { ...victim, plan: { ...victim.plan, stage: { ...stage, controlPages: pages } } };
}

/** Caches, TLB, barriers. */
const rules: readonly EmitterSabotage[] = [
  {
    name: 'DC CIVAC is never emitted',
    on: [on1, on2, vhe, plain],
    says: ['dirty lines'],
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  },
  {
    name: 'old lines are not dropped before a copy with the MMU off',
    on: [off1, off2],
    says: ['fault'],
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  },
  {
    name: 'the line size is that of the instruction cache',
    on: [off1, on2, reservedVerified],
    says: ['dirty lines', 'fault'],
    in: 'instruction cache lines longer than data cache lines',
    patch: (routine) => routine.replace(routine.find('ubfm', 15, 15, 16, 19), encode('ubfm', 15, 15, 0, 3)),
  },
  {
    name: 'the line size is taken for 128 bytes, whatever the CPU says',
    on: [off1, on2, reservedVerified],
    says: ['dirty lines', 'fault'],
    patch: (routine) => routine.replace(routine.find('lslv', LINE_SIZE), encode('movz', LINE_SIZE, 128, 0)),
  },
  {
    name: 'the line size is counted in words',
    on: [off1, reservedVerified],
    says: ['never ends'],
    patch: (routine) => routine.replace(routine.find('movz', LINE_SIZE, 4, 0), encode('movz', LINE_SIZE, 1, 0)),
  },
  {
    name: 'the workspace is not cleaned',
    on: [on1, reservedVerified],
    says: ['dirty lines'],
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac').slice(-1)),
  },
  {
    name: 'no TLBI before the tables',
    on: [on1, on2, vhe, soft, reservedVerified],
    says: ['fault'],
    patch: (routine) =>
      routine.blank(routine.find('sys.bare').filter((at) => /tlbi/.test(String(routine.at(at).operands[0])))),
  },
  {
    name: 'TLBI of one page instead of all',
    on: [on1, vhe],
    says: ['fault'],
    patch: (routine) => routine.replace(routine.find('sys.bare', 'tlbi vmalle1'), encode('sys', 'tlbi vae1', xzr)),
  },
  {
    name: 'no IC IALLU',
    on: [on1, off1, reserved],
    says: ['fault', 'old instructions'],
    patch: (routine) => routine.blank(routine.find('sys.bare', 'ic iallu')),
  },
  {
    name: 'no DSB',
    on: [on1, off2, plain, reserved],
    says: ['fault', 'old instructions'],
    patch: (routine) => routine.blank(routine.find('dsb')),
  },
  {
    name: 'no ISB',
    on: [on1, on2, off1, reserved],
    says: ['fault', 'old instructions'],
    patch: (routine) => routine.blank(routine.find('isb')),
  },
];

/** Control registers and masks. */
const control: readonly EmitterSabotage[] = [
  {
    name: 'the MMU is left on',
    on: [on1, on2, vhe],
    says: ['registers'],
    patch: (routine) => routine.blank([routine.sctlr('off')]),
  },
  {
    name: 'the data cache is left on',
    on: [on1, on2],
    says: ['registers'],
    patch: (routine) => {
      const off = routine.sctlrLiteral('off');
      routine.literal(off, off | 4n);
    },
  },
  {
    name: 'SCTLR of the other level is turned off',
    on: [on2],
    says: ['registers'],
    patch: (routine) => routine.replace([routine.sctlr('off')], encode('msr', 'sctlr_el1', 15)),
  },
  {
    name: 'SCTLR has a reserved bit set',
    on: [on1, on2, vhe],
    says: ['registers'],
    patch: (routine, _, choose) => {
      const value = routine.sctlrLiteral(choose(2) === 0 ? 'on' : 'off');
      routine.literal(value, value | (1n << 17n));
    },
  },
  {
    name: 'alignment checks stay on under the tables',
    on: [on1, on2],
    says: ['registers'],
    patch: (routine) => {
      const on = routine.sctlrLiteral('on');
      routine.literal(on, on | 2n);
    },
  },
  {
    name: 'the instruction cache stays off under the tables',
    on: [on1, on2],
    says: ['registers'],
    patch: (routine) => {
      const on = routine.sctlrLiteral('on');
      routine.literal(on, on & ~0x1000n);
    },
  },
  {
    name: 'walks are outer shareable in TCR',
    on: [on1, on2, vhe],
    says: ['registers'],
    patch: (routine, victim) => {
      const tcr = stageOf(victim).translation?.registers.tcr ?? 0n;
      routine.literal(tcr, tcr & ~(1n << 12n));
    },
  },
  {
    name: 'top bytes are ignored in TCR',
    on: [on1, on2],
    says: ['registers'],
    patch: (routine, victim) => {
      const tcr = stageOf(victim).translation?.registers.tcr ?? 0n;
      routine.literal(tcr, tcr | (1n << (stageOf(victim).exceptionLevel === 1 ? 37n : 20n)));
    },
  },
  {
    name: 'TTBR0 carries an ASID',
    on: [on1, vhe],
    says: ['registers'],
    patch: (routine, victim) => {
      const ttbr = stageOf(victim).translation?.registers.ttbr ?? 0n;
      routine.literal(ttbr, ttbr | (1n << 48n));
    },
  },
  {
    name: 'more traps than those of SIMD are opened',
    on: [on1, vhe],
    says: ['registers'],
    patch: (routine) => routine.literal(3n << 20n, (3n << 20n) | (3n << 16n)),
  },
  {
    name: 'interrupts are not masked',
    on: [on1, off1, reserved],
    says: ['interrupt'],
    patch: (routine) => routine.blank(routine.find('msr.daifset')),
  },
  {
    name: 'IRQ and FIQ are masked, SError is not',
    on: [on1, off2, crash],
    says: ['interrupt'],
    patch: (routine) => routine.replace(routine.find('msr.daifset'), encode('msr.daifset', 3)),
  },
  {
    name: 'interrupts are masked by the second instruction',
    on: [off1, off2, reserved],
    says: ['interrupt'],
    patch: (routine) => routine.swap(0, 1),
  },
];

/** What is copied, verified and handed over. */
const work: readonly EmitterSabotage[] = [
  {
    name: 'x0 is off by 8',
    on: [on1, off1, reserved],
    says: ['hand-over'],
    patch: (routine, victim) => {
      const { dtb } = stageOf(victim).placement;
      routine.literal(dtb, dtb + 8n);
    },
  },
  {
    name: 'x3 is left as it was',
    on: [reserved, crash],
    says: ['hand-over'],
    patch: (routine) => routine.blank(routine.find('movz', 3, 0, 0)),
  },
  {
    name: 'the jump goes past the first instruction',
    on: [on1, off1, soft],
    says: ['hand-over'],
    patch: (routine, victim) => {
      const { entry } = stageOf(victim).placement;
      routine.literal(entry, entry + 4n);
    },
  },
  {
    name: 'the next kernel is entered at EL1 although EL2 is there',
    on: [soft],
    says: ['fault'],
    patch: (routine) => routine.replace(routine.find('hvc'), encode('br', 28)),
  },
  {
    name: 'a run is one page longer',
    on: [on1, plain],
    says: ['digest', 'fault'],
    patch: (routine) =>
      routine.replace(routine.find('ubfm', ENTRY_WORD, ENTRY_WORD, 4), encode('ubfm', ENTRY_WORD, ENTRY_WORD, 3, 11)),
  },
  {
    name: 'half of each line is copied where lines are not of 64 bytes',
    on: [plain],
    says: ['contents'],
    in: 'data cache lines of 32 bytes',
    patch: (routine) => routine.blank(routine.find('stp', 0, 1, CURSOR).slice(-1)),
  },
  {
    name: 'a word of the entry list is overwritten once it was read',
    on: [off1, off2],
    says: ['stray write'],
    patch: (routine) =>
      // In the place of an end of page that is known already.
      routine.replace(routine.find('add.imm12', x14).slice(1, 2), encode('stur', x13, LIST, -8)),
  },
  {
    name: 'one breadcrumb is missing',
    on: [crumbs],
    says: ['console'],
    patch: (routine, _, choose) => {
      const crumbsAt = routine.find('str.w', 15, 22);
      routine.blank([crumbsAt[choose(2)] ?? 0]);
    },
  },
];

/** Digests. */
const digests: readonly EmitterSabotage[] = [
  {
    name: 'SHA-256 instructions are used without asking whether there are some',
    on: [on1, reservedVerified],
    says: ['fault'],
    in: 'no SHA-256 instructions',
    patch: (routine) =>
      routine.replace(routine.find('ubfm', HAS_SHA256, HAS_SHA256, 12), encode('movz', HAS_SHA256, 1, 0)),
  },
  {
    name: 'the field of SHA-1 is asked for instead of that of SHA-256',
    on: [on1, reservedVerified],
    says: ['never ends'],
    patch: (routine) =>
      routine.replace(routine.find('ubfm', HAS_SHA256, HAS_SHA256, 12), encode('ubfm', HAS_SHA256, HAS_SHA256, 8, 11)),
  },
  {
    name: 'a round constant is added twice where there are no SHA-256 instructions',
    on: [on1],
    says: ['digest'],
    in: 'no SHA-256 instructions',
    patch: (routine) => {
      const [first] = routine.find('ldr.post.w', 16, 18, 4);
      routine.replace([first ?? 0], encode('ldr.post.w', 16, 18, 8));
    },
  },
  {
    name: 'half of a digest is compared',
    on: [on1, reservedVerified],
    says: ['digest'],
    in: 'bit 150 of a digest is wrong',
    patch: (routine) => routine.blank(routine.find('orr', 6, 6).slice(2)),
  },
  {
    name: 'the last 64 bits of a digest are not compared',
    on: [on2, reservedVerified],
    says: ['digest'],
    in: 'bit 197 of a digest is wrong',
    patch: (routine) => routine.blank(routine.find('orr', 6, 6).slice(-1)),
  },
  {
    name: 'a digest is computed and not compared',
    on: [on1, on2, reservedVerified],
    says: ['digest'],
    in: 'a wrong bit in segment 0',
    patch: (routine) => routine.blank(routine.find('cbnz', 6)),
  },
  {
    name: 'the state of the digest before is kept',
    on: [on1, reservedVerified],
    says: ['digest'],
    patch: (routine) => routine.blank(routine.find('ld1.x2')),
  },
  {
    name: 'it goes on after a wrong digest',
    on: [on1, reservedVerified],
    says: ['fault'],
    in: 'a wrong bit in segment 0',
    patch: (routine) => routine.replace([last(routine.find('b'))], nop),
  },
  {
    name: 'a wrong digest names the segment behind it',
    on: [crumbs],
    says: ['console'],
    in: 'a wrong bit in segment 0',
    patch: (routine) => {
      const letter = routine.find('add.imm', 15, 15, 'a'.charCodeAt(0));
      routine.replace(letter, encode('add.imm', 15, 15, 'b'.charCodeAt(0)));
    },
  },
];

/** Every defect of the emitter. */
export const emitterSabotages: readonly EmitterSabotage[] = [
  ...rules,
  ...control,
  ...work,
  ...digests,
  ...foreignInstructions,
];
