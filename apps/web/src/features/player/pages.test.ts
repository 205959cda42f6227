import { proveReboot } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { machineOf, requestOf } from '../../desk/asked.ts';
import { defaultWishes, readWishes } from '../../desk/wishes.ts';
import { pageStates } from './facts.ts';
import { copiedPages, PageProgress } from './pages.ts';

test('is told of every page what all of its bytes say, however the machine came there', async () => {
  const { wishes } = readWishes({ ...defaultWishes, kernelMib: '1', initrdMib: '1', verify: '' });
  if (wishes === undefined) throw new TypeError('wishes that cannot be');
  const inputs = { wishes, files: {} };
  const { reality: _, ...loaded } = await proveReboot(machineOf(inputs), requestOf(inputs, 'mmu-on'));
  const run = machineOf(inputs).strictRun(loaded);
  const { memory } = run.machine;
  const pages = copiedPages(loaded);
  const progress = new PageProgress(memory, loaded, pages);
  const { segments } = loaded.plan.stage.placement;
  /** By another road: the bytes of each page as a coherent reader sees them. */
  const seen = (): unknown => {
    let [dirtyLines, whole, begun] = [0, 0, 0];
    for (const pfn of pages.destinations) {
      const address = BigInt(pfn) << 12n;
      const segment = segments.find(({ mem, memsz }) => mem <= address && address < mem + memsz);
      const content = segment && loaded.contents.get(segment.name);
      const page = new Uint8Array(4096);
      const offset = Number(address - (segment?.mem ?? 0n));
      page.set(content?.subarray(offset, offset + 4096) ?? []);
      const bytes = memory.frame(pfn)?.coherentBytes() ?? new Uint8Array();
      const same = page.findIndex((byte, at) => byte !== bytes[at]);
      if (same < 0) whole += 1;
      else if (same >= 4) begun += 1;
      dirtyLines += memory.frame(pfn)?.dirtyLines() ?? 0;
    }
    return { dirtyLines, whole, begun };
  };
  const told = (): unknown => {
    const { states, dirtyLines } = progress.look();
    const begun = [...states].filter((state) => state === pageStates.underWay).length;
    const whole = [...states].filter((state) => state >= pageStates.dirty).length;
    return { dirtyLines, whole, begun };
  };
  const places = [];
  for (const step of [0, 20, 1000, 2500, 30_000, 31_111, 100_000, 200_000]) {
    run.runTo(step);
    expect(told()).toEqual(seen());
    places.push(run.machine.snapshot());
  }
  for (const at of [2, 6, 0, 7, 3, 1, 5, 4]) {
    const place = places[at];
    if (place !== undefined) run.machine.restore(place);
    expect(told()).toEqual(seen());
    run.runTo(run.step + 900);
    expect(told()).toEqual(seen());
  }
});
