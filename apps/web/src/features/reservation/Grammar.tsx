import { For, type JSX } from 'solid-js';

/** What can be written, and what it means (kernel-parameters.rst, kdump.rst). */
const FORMS: readonly (readonly [form: string, meaning: string])[] = [
  ['256M', 'this size, where there is room; K, M, G and T count in powers of 1024'],
  ['256M@0x90000000', 'at this address, or not at all'],
  ['2G-16G:256M,16G-:512M', 'by RAM: the first range that the RAM lies in decides; without an end it is open'],
  ['1G,high', 'it may lie above the low-memory limit, which is what 32-bit devices can reach'],
  ['128M,low', 'with ,high: how much besides below that limit'],
  ['256M,cma', 'memory that the running kernel uses until the crash; from 7.1 on'],
];

/** The forms of the parameters, behind a line that opens. */
export function Grammar(): JSX.Element {
  return (
    <details class="more">
      <summary>What can be written</summary>
      <dl class="grammar">
        <For each={FORMS}>
          {([form, meaning]) => (
            <div>
              <dt>
                <code>crashkernel={form}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          )}
        </For>
      </dl>
      <p class="note">
        A crash kernel is loaded beforehand into memory that is kept for it, and runs when the kernel has crashed.{' '}
        <code>kexeckernel=</code> keeps memory for the next kernel in the same words, but for the endings behind a
        comma.
      </p>
    </details>
  );
}
