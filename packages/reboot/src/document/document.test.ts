import { parseIomem, printIomem } from '@kexeckit/ioport';
import { strategies } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import type { RebootError } from '../error.ts';
import type { Machine } from '../machine/machine.ts';
import type { Arrival } from '../machine/report.ts';
import { phases } from '../phases.ts';
import { sha256OfText } from '../plan/digest.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { RebootRequest } from '../plan/request.ts';
import { proveReboot, type RebootJob, type RebootReport, reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { stingrayIomem } from '../simulated/stingray.ts';
import { generateWorkload } from '../workload.ts';
import { diffPlans } from './compare.ts';
import { diffJson } from './diff.ts';
import { parsePlan, savePlan } from './document.ts';

const files = generateWorkload(200_000, 100_000, 3);
const request: RebootRequest = { ...files, cmdline: 'console=ttyS0', strategy: 'mmu-on', seed: 1 };

async function planOf(change: Partial<RebootRequest> = {}, machine = new SimulatedMachine()): Promise<RebootPlan> {
  return (await proveReboot(machine, { ...request, ...change })).plan;
}

async function refusalOf(work: Promise<unknown>): Promise<RebootError> {
  return await work.then(
    () => expect.unreachable('it was not refused'),
    (error: RebootError) => error,
  );
}

describe('a saved plan', () => {
  test.each(strategies)('of strategy $name is read back as it was, is proved again and runs', async ({ name }) => {
    const plan = await planOf({ strategy: name, breadcrumbs: true });
    const again = parsePlan(savePlan(plan));
    expect(again).toEqual(plan);
    expect(diffPlans(plan, again)).toEqual([]);
    expect((await proveReboot(new SimulatedMachine(), { plan: again, files })).proof.violations).toEqual([]);
    expect((await reboot(new SimulatedMachine(), { plan: again, files })).ending.destinations).toHaveLength(3);
  });

  test('does not mind white space', async () => {
    const text = savePlan(await planOf());
    expect(parsePlan(JSON.stringify(JSON.parse(text), null, 4))).toEqual(parsePlan(text));
  });
});

describe('what is wrong with a plan is named', () => {
  const text = planOf().then(savePlan);

  test('not JSON, not a plan, another version, a field that is not what it should be', async () => {
    const broken = (change: (plan: string) => string) => text.then((plan) => () => parsePlan(change(plan)));
    const wrong = { code: 'EINVAL', phase: phases.inputs };
    for (const other of ['{', '[]', 'null', '""'])
      expect(await broken(() => other)).toThrow(expect.objectContaining(wrong));
    expect(await broken((plan) => plan.replace('kexeckit-plan/2', 'kexeckit-plan/1'))).toThrow(/kexeckit-plan\/1/);
    expect(await broken((plan) => plan.replace(/"head": "0x/, '"head": "'))).toThrow(/stage.head: an address is a str/);
    expect(await broken((plan) => plan.replace('"strategy": "mmu-on"', '"strategy": "magic"'))).toThrow(/strategy/);
    expect(await broken((plan) => plan.replace(/"pfn": \d+/, '"pfn": -1'))).toThrow(/controlPages.0.pfn/);
  });

  test.each([
    ['an address', /"entry": "0x8/, '"entry": "0x9'],
    ['the command line', 'console=ttyS0', 'console=ttyS1'],
    ['a word of code', /"bytes": "./, '"bytes": "/'],
    ['a digest of an input', /"sha256": "./, '"sha256": "0'],
    ['the seal itself', /"seal": "..../, '"seal": "0000'],
  ] as const)('a hand-edited one: %s', async (_, pattern, replacement) => {
    const edited = (await text).replace(pattern, replacement);
    expect(edited).not.toBe(await text);
    expect(() => parsePlan(edited)).toThrow(expect.objectContaining({ code: 'EBADMSG', phase: phases.inputs }));
  });
});

describe('a plan that was made by another version, or by another hand', () => {
  type Plan = { -readonly [Key in keyof RebootPlan]: RebootPlan[Key] };

  async function remade(change: (plan: Plan) => void, from: Partial<RebootRequest> = {}): Promise<RebootPlan> {
    const plan: Plan = { ...(await planOf(from)) };
    change(plan);
    return plan;
  }

  test('is the same where it does not say what was not asked then', async () => {
    const old = await remade((plan) => {
      const { bigEndian: _, mayHaveMore: __, ...features } = plan.machine.features;
      plan.machine = { ...plan.machine, features };
    });
    expect((await proveReboot(new SimulatedMachine(), { plan: old, files })).proof.violations).toEqual([]);
  });

  test('has an initramfs that Linux would unpack, or says that somebody wants it all the same', async () => {
    const noise = { ...files, initrd: new Uint8Array(5000).fill(7) };
    const consent = { ...noise, anyInitrd: true };
    const plan = await remade(() => undefined, consent);
    expect((await proveReboot(new SimulatedMachine(), { plan, files: noise })).proof.violations).toEqual([]);
    const without = await remade((taken) => {
      taken.wishes = { ...taken.wishes, anyInitrd: false };
    }, consent);
    const refused = await refusalOf(proveReboot(new SimulatedMachine(), { plan: without, files: noise }));
    expect(refused).toMatchObject({
      code: 'EINVAL',
      phase: phases.inputs,
      message: expect.stringContaining('no initramfs'),
    });
  });
});

describe('a hostile plan is refused with its path, in time and memory of its own size', () => {
  const plain = planOf().then(savePlan);
  type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

  /** A plan with one member replaced, and sealed again. */
  async function changed(path: string, value: Value | ((was: Value | undefined) => Value)): Promise<string> {
    const document: { [key: string]: Value } = JSON.parse(await plain);
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let owner: Value | undefined = document;
    for (const key of keys) owner = memberOf(owner, key);
    if (typeof owner !== 'object' || owner === null) throw new Error(`there is no ${path}`);
    Object.assign(owner, { [last]: typeof value === 'function' ? value(memberOf(owner, last)) : value });
    const { format = null, seal: _, ...content } = document;
    return JSON.stringify({ format, seal: await sha256OfText(JSON.stringify(content)), ...content });
  }

  const memberOf = (owner: Value | undefined, key: string): Value | undefined =>
    typeof owner === 'object' && owner !== null ? Object.entries(owner).find(([name]) => name === key)?.[1] : undefined;

  const segment =
    (change: { [key: string]: Value }) =>
    (was: Value | undefined): Value =>
      typeof was === 'object' ? { ...was, ...change } : change;
  const all = { start: '0x0', end: '0xffffffffffffffff' };

  test('sealed again as it was, it is read', async () => {
    expect(parsePlan(await changed('wishes.seed', 1)).wishes.seed).toBe(1);
    expect(parsePlan(await changed('stage.placement.ram', [all])).stage.placement.ram).toHaveLength(1);
  });

  test.each<[what: string, path: string, value: Parameters<typeof changed>[1], says: RegExp]>([
    [
      'a page of megabytes',
      'stage.controlPages.0.bytes',
      'A'.repeat(5_000_000),
      /controlPages.0.bytes: a page is 5464/,
    ],
    ['a page that is one byte short', 'stage.controlPages.0.bytes', 'A'.repeat(5460), /a page is 5464/],
    ['a page that is not base64', 'stage.controlPages.0.bytes', `${'A'.repeat(5463)}!`, /bytes are base64/],
    ['a device tree of megabytes', 'dtb', 'A'.repeat(5_000_000), /dtb: a device tree takes at most 2 MiB/],
    ['a page frame beyond all memory', 'stage.controlPages.0.pfn', 2 ** 40, /controlPages.0.pfn/],
    ['a run of 0 pages', 'stage.copies', ['0x40200 0x91234 0'], /copies.0: a run of copies/],
    ['a run of 2^32 pages', 'stage.copies', ['0x40200 0x91234 4294967296'], /no 4294967296 pages can be copied/],
    ['2^32 - 1 copies', 'stage.copies', ['0x40200 0x91234 4294967295'], /copies 4294967295 pages, more than all/],
    [
      '2^60 bytes in place',
      'stage.placement.segments.0',
      segment({ memsz: '0x1000000000000000', placement: 'in-place' }),
      /no more zeros than content/,
    ],
    [
      '2^60 bytes of content',
      'stage.placement.segments.0',
      segment({ memsz: '0x1000000000000000', bufsz: '0x1000000000000000' }),
      /the segments take/,
    ],
    [
      'content without room',
      'stage.placement.segments.0',
      segment({ bufsz: '0x1000000000000000' }),
      /has room for its content/,
    ],
    ['two segments of one name', 'stage.placement.segments.0', segment({ name: 'dtb' }), /two segments are named dtb/],
    [
      '17 segments',
      'stage.placement.segments',
      (was) => Array.from({ length: 17 }, () => (Array.isArray(was) ? (was[0] ?? 0) : 0)),
      /at most 16 segments/,
    ],
    ['a range that is reversed', 'stage.placement.ram', [{ start: '0x5000', end: '0x4fff' }], /ram.0: a range ends/],
    ['a field that plans lack', 'stage.magic', 1, /magic/],
    ['a level that there is not', 'stage.exceptionLevel', 3, /stage.exceptionLevel/],
    ['a strategy that there is not', 'stage.strategy', 'magic', /stage.strategy/],
    ['a seed of a half', 'wishes.seed', 0.5, /wishes.seed/],
    ['no CPU', 'machine.cpus', 0, /machine.cpus/],
    ['1e300 bits of address', 'machine.features.paBits', 1e300, /paBits/],
    ['a command line of megabytes', 'cmdline', 'x'.repeat(5_000_000), /cmdline/],
  ])('%s', async (_, path, value, says) => {
    const text = await changed(path, value);
    expect(() => parsePlan(text)).toThrow(
      expect.objectContaining({ code: 'EINVAL', phase: phases.inputs, message: expect.stringMatching(says) }),
    );
  });

  test('a number that is infinite, JSON nested deeper than anything goes, a format that is anything', async () => {
    const wrong = expect.objectContaining({ name: 'RebootError', code: 'EINVAL', phase: phases.inputs });
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = await plain;
    for (const [from, to] of [
      ['"seed": 1', '"seed": 1e999'],
      ['"seed": 1', `"seed": ${deep}`],
      ['"seed": 1', `"more": ${deep}, "seed": 1`],
      ['"format": "kexeckit-plan/2"', `"format": ${deep}`],
    ] as const) {
      expect(text).toContain(from);
      expect(() => parsePlan(text.replace(from, to))).toThrow(wrong);
    }
  });
});

test('a text of more values than any plan has is refused before it is parsed', () => {
  const text = `{"a":[{}${',{}'.repeat(3 << 20)}]}`;
  expect(() => parsePlan(text)).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('more than 2097152 values') }),
  );
  const none: string = JSON.parse('null');
  expect(() => parsePlan(none)).toThrow(
    expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining('not text') }),
  );
});

describe('what has changed since a plan was made is named', () => {
  const run = async (machine: SimulatedMachine, change: Partial<typeof files> = {}): Promise<RebootError> =>
    refusalOf(reboot(machine, { plan: await planOf(), files: { ...files, ...change } }));

  test('another kernel, another initrd, none', async () => {
    const kernel = files.kernel.slice();
    kernel[100_000] = (kernel[100_000] ?? 0) ^ 1;
    expect(await run(new SimulatedMachine(), { kernel })).toMatchObject({
      code: 'ESTALE',
      phase: phases.inputs,
      message: expect.stringContaining('the kernel file changed'),
      changes: [{ path: 'kernel.sha256' }],
    });
    const other = await run(new SimulatedMachine(), { initrd: files.initrd.subarray(1) });
    expect(other.message).toContain('the initrd file changed');
    expect(other.changes).toContainEqual({ path: 'initrd.bytes', before: '100000', after: '99999' });
    const without = refusalOf(
      reboot(new SimulatedMachine(), { plan: await planOf(), files: { kernel: files.kernel } }),
    );
    expect((await without).message).toContain('the initrd file changed');
  });

  test('another memory map, level, number of CPUs, console, device tree', async () => {
    const larger = parseIomem(stingrayIomem.replace('a000000000-a3ffffffff', 'a000000000-a4ffffffff'));
    const machines = {
      'the memory map': new SimulatedMachine({ memory: larger, dtb: (await new SimulatedMachine().describe()).dtb }),
      'the exception level': new SimulatedMachine({ exceptionLevel: 1 }),
      VHE: new SimulatedMachine({ vhe: true }),
      'the number of CPUs, the device tree': new SimulatedMachine({ cpus: 4 }),
    };
    for (const [what, machine] of Object.entries(machines)) {
      const error = await run(machine);
      expect(error).toMatchObject({ code: 'ESTALE', phase: phases.describe });
      expect(error.message).toContain(`: ${what} changed`);
      expect(await machine.staged()).toBeUndefined();
    }
  });

  test('new seeds of the firmware are not a change', async () => {
    const machine = new SimulatedMachine();
    const { dtb, memory } = await machine.describe();
    expect(printIomem(memory)).toBe(stingrayIomem);
    const booted = new SimulatedMachine({ dtb: (await planOf()).dtb });
    const again = new SimulatedMachine({ dtb: (await planOf({ seed: 2 }, booted)).dtb });
    expect(dtb).not.toEqual((await booted.describe()).dtb);
    const plan = await planOf({}, booted);
    expect((await reboot(booted, { plan, files })).ending.kind).toBe('arrival');
    // Other seeds, and other places of what was loaded: only those count.
    const error = await refusalOf(reboot(again, { plan: await planOf({ seed: 1 }, machine), files }));
    expect(error.message).toContain('the device tree');
  });
});

describe('two plans', () => {
  test('differ in what was changed, by its path', async () => {
    const [one, other] = [await planOf(), await planOf({ cmdline: 'quiet' })];
    const changes = diffPlans(one, other);
    expect(changes).toContainEqual({ path: 'cmdline', before: 'console=ttyS0', after: 'quiet' });
    expect(changes.map(({ path }) => path.split('.')[0])).toEqual(expect.arrayContaining(['wishes', 'dtb', 'stage']));
    expect(diffPlans(other, one)).toHaveLength(changes.length);
  });

  test('of different kinds: what only one of them has stands alone', async () => {
    const changes = diffPlans(await planOf(), await planOf({ strategy: 'reserved' }));
    expect(changes).toContainEqual({ path: 'stage.kind', before: 'relocation', after: 'purgatory' });
    expect(changes.find(({ path }) => path === 'stage.head')).toMatchObject({ after: undefined });
    expect(changes.find(({ path }) => path === 'generation.parameter')).toMatchObject({
      after: expect.stringContaining('kexeckernel='),
    });
  });
});

describe('a list', () => {
  const list = (...names: string[]) => names.map((name) => ({ name, size: 1 }));

  test('in another order differs, at the first place', () => {
    expect(diffJson(list('a', 'b', 'c'), list('a', 'c', 'b'), 'x')).toEqual([
      { path: 'x.order.1', before: 'b', after: 'c' },
    ]);
  });

  test('with an element twice differs, wherever it stands', () => {
    expect(diffJson(list('a', 'b'), list('a', 'b', 'b'))).not.toEqual([]);
    expect(diffJson(list('a', 'b', 'b'), list('a', 'b'))).not.toEqual([]);
  });

  test('that is empty is not nothing, and a number is not its text', () => {
    expect(diffJson([], null, 'x')).toEqual([{ path: 'x', before: '[]', after: undefined }]);
    expect(diffJson({}, undefined, 'x')).toEqual([{ path: 'x', before: '{}', after: undefined }]);
    expect(diffJson('1', 1)).toHaveLength(1);
    expect(diffJson(null, undefined)).toEqual([]);
  });
});

describe('a plan whose parts contradict each other is refused, though its seal is right', () => {
  /** Changes a saved plan, and seals it again as only `savePlan` does. */
  const changed = async (change: (plan: RebootPlan) => object, of: Partial<RebootRequest> = {}): Promise<RebootJob> => {
    const plan = await planOf(of);
    return { plan: parsePlan(savePlan({ ...plan, ...change(plan) })), files };
  };
  const lies: Readonly<Record<string, (plan: RebootPlan) => object>> = {
    'the command line': () => ({ cmdline: 'quiet' }),
    'what was asked for': ({ wishes }) => ({ wishes: { ...wishes, cmdline: 'quiet' } }),
    'the strategy that was asked for': ({ wishes }) => ({ wishes: { ...wishes, strategy: 'mmu-off' } }),
    'the strategy of the stage': ({ stage }) => ({ stage: { ...stage, strategy: 'mmu-off' } }),
    'a seed that is none': ({ wishes }) => ({ wishes: { ...wishes, seed: 1.5 } }),
    'a check that is not made': ({ wishes }) => ({ wishes: { ...wishes, verify: false } }),
    'breadcrumbs that are not there': ({ wishes }) => ({ wishes: { ...wishes, breadcrumbs: true } }),
    'a region that nobody loads into': () => ({
      generation: {
        name: 'crashkernel',
        region: { start: 0n, end: 1n },
        half: undefined,
        parameter: 'crashkernel=1M',
        byNode: false,
      },
    }),
    'a level': ({ stage }) => ({ stage: { ...stage, exceptionLevel: 1 } }),
    'another device tree': ({ dtb }) => ({ dtb: dtb.map(() => 7) }),
    'a shorter device tree': ({ dtb }) => ({ dtb: dtb.subarray(8) }),
  };

  test.each(Object.entries(lies))('%s', async (_, change) => {
    const error = await refusalOf(changed(change).then((job) => reboot(new SimulatedMachine(), job)));
    expect(error).toMatchObject({ code: 'EINVAL', hint: expect.any(String) });
  });
});

test('a plan for a machine without a registered image is refused where there is one, or nothing can be reserved', async () => {
  const plan = await planOf({ strategy: 'reserved' });
  const machine = new SimulatedMachine();
  const registered: Machine<Arrival> = {
    name: machine.name,
    rehearses: false,
    describe: async () => ({ ...(await machine.describe()), registered: plan.stage.placement.segments }),
    stage: (made) => machine.stage(made),
    staged: () => machine.staged(),
  };
  const other = await refusalOf(reboot(registered, { plan, files }));
  expect(other.message).toContain('the registered image changed');
  const running = new SimulatedMachine({ canReserve: false });
  expect((await refusalOf(reboot(running, { plan, files }))).message).toContain('what can be reserved changed');
});

describe('whoever a plan is shown to can change nothing', () => {
  /** Reboots, and writes over everything that can be reached when an event comes. */
  const tamperedAt = async (type: 'planned' | 'proved' | 'committing'): Promise<RebootReport<Arrival>> => {
    const kernel = Buffer.from(files.kernel);
    const initrd = Buffer.from(files.initrd);
    let plan: RebootPlan | undefined;
    return await reboot(
      new SimulatedMachine(),
      { ...request, kernel, initrd, strategy: 'mmu-off' },
      {
        onEvent: (event) => {
          if (event.type === 'planned') plan = event.plan;
          if (event.type !== type || plan === undefined) return;
          for (const bytes of [kernel, initrd, plan.dtb, ...plan.stage.controlPages.map((page) => page.bytes)])
            bytes.fill(9);
        },
      },
    );
  };

  test.each(['proved', 'committing'] as const)('at the event %s: the bytes that run are others', async (type) => {
    const { plan, ending } = await tamperedAt(type);
    expect(Object.isFrozen(plan.stage.cleanAtLoad)).toBe(true);
    const untouched = await reboot(new SimulatedMachine(), { ...request, strategy: 'mmu-off' });
    expect(ending.destinations).toEqual(untouched.ending.destinations);
  });

  test('before it is loaded: the proof refuses what was made of it', async () => {
    expect(await refusalOf(tamperedAt('planned'))).toMatchObject({ code: 'EFAULT', phase: phases.prove });
  });
});
