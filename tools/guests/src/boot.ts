import { type Architecture, architectures } from './architecture.ts';
import { Console, type Sighting } from './console.ts';
import { guestFailure } from './error.ts';
import { type GuestMachine, machineArguments } from './machine.ts';
import { INITRAMFS, type QemuProcess, startQemu } from './process.ts';

/** Every command line begins so: a kernel that panics ends the guest at once instead of at its deadline. */
export const cmdlineOf = (architecture: Architecture = 'arm64'): string =>
  `console=${architectures[architecture].console} panic=-1`;

/** What a machine boots. */
export interface Boot extends GuestMachine {
  /** The path of an Image. */
  readonly kernel: string;
  readonly initramfs: Uint8Array;
  /** The command line, behind {@link cmdlineOf}. */
  readonly cmdline?: string;
  /** How long the guest may live. */
  readonly deadlineMs: number;
  /** Ends the guest early, as that of a test which is over. */
  readonly signal?: AbortSignal;
}

/** A machine that runs. */
export interface Guest {
  /**
   * Waits for a mark on the console, behind the last one that was seen.
   *
   * @throws GuestError `ETIME` at the deadline, `EIO` where QEMU ended without saying it; both show the console's end
   */
  waitFor(mark: RegExp): Promise<Sighting>;
  /** Types on the console. */
  type(text: string): void;
  /** Everything on the console so far. */
  text(): string;
  /** Resolves when the machine is off, with the whole console. @throws GuestError as `waitFor`, `EIO` where QEMU complains */
  off(): Promise<string>;
}

/** Boots a machine for as long as `use` takes. Whatever happens, it is gone afterwards. */
export async function withGuest<T>(boot: Boot, use: (guest: Guest) => Promise<T>): Promise<T> {
  const { kernel, initramfs, cmdline = '', deadlineMs, signal } = boot;
  signal?.throwIfAborted();
  const { architecture = 'arm64' } = boot;
  const append = `${cmdlineOf(architecture)} ${cmdline}`.trim();
  const command = ['-kernel', kernel, '-initrd', INITRAMFS, '-append', append];
  const console = new Console();
  const qemu = await startQemu(architectures[architecture], [...machineArguments(boot), ...command], initramfs);
  qemu.child.stdout?.setEncoding('utf8').on('data', (text: string) => console.push(text));
  const stop = (code: 'ETIME' | 'EIO', why: string, hint: string): void => {
    console.end(guestFailure(code, why, hint, console.text));
    qemu.kill();
  };
  const timer = setTimeout(() => {
    stop(
      'ETIME',
      `the guest was not done after ${deadlineMs} ms`,
      'see where its console stopped, or give it more time',
    );
  }, deadlineMs);
  const onAbort = (): void => stop('EIO', 'the guest was ended early', 'see what ended the test');
  signal?.addEventListener('abort', onAbort, { once: true });
  const off = whenOff(qemu, console);
  off.catch(() => {}); // Whoever asks for it gets it.
  try {
    return await use({
      waitFor: (mark) => console.waitFor(mark),
      type: (text) => qemu.child.stdin?.write(text),
      text: () => console.text,
      off: () => off,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    qemu.kill();
    await qemu.ended;
  }
}

/** Resolves when QEMU ended by itself, which it does when the guest powers it off. */
async function whenOff({ child, ended }: QemuProcess, console: Console): Promise<string> {
  const complaint = await ended;
  const how = complaint || (child.signalCode ?? `status ${child.exitCode}`);
  // Where we ended it, the reason is there already.
  console.end(guestFailure('EIO', `the guest ended (${how})`, 'see the end of its console', console.text));
  if (child.exitCode !== 0) throw console.ending;
  return console.text;
}
