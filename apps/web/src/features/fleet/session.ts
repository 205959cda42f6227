import type { HostResult, HostState } from '@kexeckit/rollout';
import { transfer } from 'comlink';
import { type Example, type ExampleName, exampleKind, makeExample } from './example.ts';
import { buffersOf, hostsByWave, pictureOf, type RolloutPicture } from './picture.ts';
import { plain } from './plain.ts';
import { readStatus, refuseLarge } from './read-status.ts';

/** All that is known of a host which has ended; nothing for others, of which the picture has all. */
export type HostStory = HostResult | undefined;

/** What of a console is shown. */
const CONSOLE_LINES = 200;
const CONSOLE_LINE = 1000;

/** A picture whose columns go to whoever asked, and are not copied. */
const handedOver = (picture: RolloutPicture): RolloutPicture => transfer(picture, buffersOf(picture));

/** Keeps the status that was read last, to be asked about single hosts. */
export class RolloutSession {
  #hosts: readonly HostState[] = [];
  #example: { readonly name: ExampleName; readonly made: Example } | undefined;

  /**
   * What a status shows.
   *
   * @throws LabError what `readStatus` throws; what was read before stays.
   */
  read(bytes: Uint8Array): RolloutPicture {
    const status = readStatus(bytes);
    const ordered = hostsByWave(status);
    const picture = pictureOf(status, ordered);
    this.#hosts = ordered;
    return handedOver(picture);
  }

  /** The same of a file, of which nothing is read where it is too large. */
  async open(file: Blob): Promise<RolloutPicture> {
    refuseLarge(file.size);
    return this.read(new Uint8Array(await file.arrayBuffer()));
  }

  /** What an example shows when a share of its time has gone by, from 0 to 1. */
  example(name: ExampleName, share: number): RolloutPicture {
    const made = this.#example?.name === name ? this.#example.made : makeExample(exampleKind(name));
    this.#example = { name, made };
    const status = made.at(share >= 1 ? made.length : made.length * share);
    this.#hosts = hostsByWave(status);
    return handedOver(pictureOf(status, this.#hosts));
  }

  /** The story of the host at an index of the picture, with nothing in it that a page may take for more than text. */
  story(at: number): HostStory {
    const host = this.#hosts[at];
    if (host?.state !== 'ended') return undefined;
    const { result } = host;
    return {
      ...{ ...result, host: plain(result.host), wave: plain(result.wave) },
      ...(result.kernelAfter !== undefined && { kernelAfter: plain(result.kernelAfter) }),
      ...(result.bootBefore !== undefined && { bootBefore: plain(result.bootBefore) }),
      ...(result.bootAfter !== undefined && { bootAfter: plain(result.bootAfter) }),
      ...(result.evidence && {
        evidence: Object.fromEntries(Object.entries(result.evidence).map(([phase, time]) => [plain(phase), time])),
      }),
      ...(result.console && {
        console: result.console.slice(-CONSOLE_LINES).map((line) => plain(line, CONSOLE_LINE)),
      }),
    };
  }
}
