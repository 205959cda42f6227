/**
 * What hardware may punish and emulators do not. Each names the part of the Arm ARM (DDI 0487) that it comes from, and
 * what keeps it.
 */
export const rules = {
  'dirty-line-bypassed': {
    section: 'B2.10.4 "Memory types with different cacheability"; D7.5 "Caches and memory hierarchy"',
    meaning: 'an uncached access meets a line that is dirty in the data cache: it sees, or makes, stale memory',
    hint: 'clean the line to the point of coherency (DC CVAC or CIVAC, DSB) before turning the MMU or cache off',
  },
  'maintenance-without-dsb': {
    section: 'D7.5 "Caches and memory hierarchy": ordering and completion of data and instruction cache instructions',
    meaning: 'an uncached access meets a line whose cleaning or invalidation was asked for but is not complete',
    hint: 'put DSB behind the DC before the memory is accessed past the cache',
  },
  'stale-tlb': {
    section: 'D8.17 "TLB maintenance"',
    meaning: 'a TLB entry is used that the tables no longer say',
    hint: 'invalidate it (TLBI, DSB, ISB) after changing the descriptor',
  },
  'tlbi-without-dsb': {
    section: 'D8.17.5 "Ordering and completion of TLB maintenance instructions"',
    meaning: 'a TLB entry is used whose invalidation was asked for but is not complete',
    hint: 'put DSB (and ISB) behind the TLBI',
  },
  'table-store-without-dsb': {
    section: 'D8.17.5 "Ordering and completion of TLB maintenance instructions"; B2.3.12 "Memory barriers"',
    meaning: 'a walk may read what stood in a descriptor before, because the store to it is not complete',
    hint: 'put DSB (ISHST is enough) between the store to a descriptor and what relies on it: a TLBI, or an access',
  },
  'stale-instruction': {
    section: 'B2.7.4 "Concurrent modification and execution of instructions"; D7.5.9 "Instruction caches"',
    meaning: 'an instruction is executed from the instruction cache, or from memory, that has been written since',
    hint: 'DC CVAU, DSB, IC IVAU, DSB, ISB between writing code and running it',
  },
  'missing-isb': {
    section: 'D24.1.2 "General behavior of accesses to the AArch64 System registers"',
    meaning:
      'something comes between a write to a register that decides about it and the ISB that makes the write take effect',
    hint: 'put ISB behind the MSR, or the AT',
  },
  'break-before-make': {
    section: 'D8.17.1 "Using break-before-make when updating translation table entries"',
    meaning: 'a live descriptor was replaced by another valid one with another output, type or size',
    hint: 'write an invalid descriptor, DSB, TLBI, DSB, and only then the new one',
  },
  'mismatched-attributes': {
    section: 'B2.10.4 "Mismatched memory attributes"',
    meaning: 'one physical page is accessed through mappings of different memory types',
    hint: 'use one type, or clean and invalidate the page and drop the other mapping between the two',
  },
  'uncached-exclusive': {
    section: 'B2.12.5 "Load-Exclusive and Store-Exclusive instruction usage restrictions"',
    meaning:
      'an exclusive or atomic access past the data cache: to Device or Non-cacheable memory, or with SCTLR.C clear',
    hint: 'keep locks in Normal, cacheable memory, and use them while the data cache is on',
  },
  'device-speculation': {
    section: 'B2.10.2 "Device memory"; D8.4 "Speculative accesses"',
    meaning:
      'a speculative access goes to a device, or to nothing: a read because it is mapped as Normal memory, a fetch because it is not execute-never',
    hint: 'map only RAM as Normal; map the device as Device-nGnRE, and execute-never',
  },
  'device-fetch': {
    section: 'B2.10.2 "Device memory"',
    meaning: 'an instruction is fetched from Device memory: some CPUs execute it, others take a permission fault',
    hint: 'map code as Normal memory',
  },
  'unmodelled-control': {
    section: 'D24.2 "General system control registers"',
    meaning: 'this machine does not model the trap, the routing or the translation that these bits control',
    hint: 'leave them as they are out of reset here; what they do has to be tried on hardware',
  },
  'unpredictable-form': {
    section: 'C6.2 "Alphabetical list of A64 base instructions", CONSTRAINED UNPREDICTABLE',
    meaning: 'what the instruction does with these registers is left open, and CPUs do different things',
    hint: 'name different registers',
  },
} as const;

/** A rule by its name. */
export type RuleName = keyof typeof rules;
