import { transfer } from 'comlink';
import {
  type Accessor,
  batch,
  createEffect,
  createMemo,
  createResource,
  createSignal,
  onCleanup,
  untrack,
} from 'solid-js';
import { askHost, FLEET, offersFleet } from '../desk/host.ts';
import { type ExampleName, exampleNamed } from '../features/fleet/example.ts';
import type { RolloutPicture } from '../features/fleet/picture.ts';
import type { Chosen, KnownRollout } from '../features/fleet/Source.tsx';
import type { HostStory } from '../features/fleet/session.ts';
import { indexOfText, textAt } from '../features/fleet/texts.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, keptOpen, newAssistant } from '../worker/client.ts';
import type { Address } from './address.ts';
import { type AskRollout, follow, untilAnswered } from './fleet-follow.ts';
import { params } from './params.ts';

const PARAMS = params.fleet;

/** The rollout that is shown, wherever it comes from. */
export interface FleetSource {
  readonly picture: Accessor<RolloutPicture | undefined>;
  readonly isReading: Accessor<boolean>;
  readonly failure: Accessor<Words | undefined>;
  readonly chosen: Accessor<Chosen>;
  /** The name of the file that was given last. */
  readonly file: Accessor<string | undefined>;
  readonly rollouts: Accessor<readonly KnownRollout[]>;
  /** Of an example: how much of it has gone by, from 0 to 100. */
  readonly percent: Accessor<number>;
  readonly setPercent: (percent: number) => void;
  readonly choose: (chosen: Chosen) => void;
  readonly open: (file: File) => void;
  /** Index of the host that is looked at. */
  readonly host: Accessor<number | undefined>;
  readonly chooseHost: (host: number | undefined) => void;
  readonly story: Accessor<HostStory>;
}

/** The file that was given last outlives the page. */
const [file, setFile] = createSignal<File>();

export function createFleetSource(address: Address): FleetSource {
  const [rollouts, setRollouts] = createSignal<readonly KnownRollout[]>([]);
  const chosen = createMemo(() => chosenOf(address, file(), rollouts()), undefined, { equals: isSame });
  const percent = createMemo(() => percentOf(address.param(PARAMS.at)));
  const { picture, isReading, failure, fail, story, read } = createReading(address);
  const keep = (name: keyof typeof PARAMS, value: string | undefined): void =>
    address.setParams(new Map([[PARAMS[name], value]]));
  const choose = (next: Chosen): void =>
    address.setParams(
      new Map([
        [PARAMS.example, next.kind === 'example' ? next.name : undefined],
        [PARAMS.rollout, next.kind === 'host' ? next.id : undefined],
        [PARAMS.host, undefined],
      ]),
    );
  createEffect(() => {
    const now = chosen();
    if (now.kind === 'host') onCleanup(follow(askingFor(now.id), read, fail));
    else if (now.kind === 'example') {
      const [name, share] = [exampleNamed(now.name), percent() / 100];
      if (name !== undefined) void read({ name, share });
    } else void read(now.kind === 'file' ? file() : undefined);
  });
  if (offersFleet()) onCleanup(untilAnswered(async (signal) => setRollouts(await knownRollouts(signal)), fail));
  return {
    ...{ picture, isReading, failure, chosen, rollouts, percent, choose },
    file: () => file()?.name,
    setPercent: (next) => keep('at', next === 100 ? undefined : String(next)),
    open: (next) =>
      batch(() => {
        setFile(next);
        choose({ kind: 'file', name: next.name });
      }),
    host: createMemo(() => hostOf(picture(), address.param(PARAMS.host))),
    chooseHost: (host) => {
      const names = untrack(picture)?.names;
      keep('host', host === undefined || names === undefined ? undefined : textAt(names, host));
    },
    story,
  };
}

async function knownRollouts(signal: AbortSignal): Promise<readonly KnownRollout[]> {
  const { rollouts }: { rollouts: readonly KnownRollout[] } = await (await askHost(FLEET, { signal })).json();
  return rollouts;
}

const askingFor =
  (id: string): AskRollout =>
  (headers, signal) =>
    askHost(`${FLEET}/${encodeURIComponent(id)}`, { headers, signal });

const hostOf = (picture: RolloutPicture | undefined, name: string | undefined): number | undefined =>
  picture === undefined || name === undefined ? undefined : indexOfText(picture.names, name);

/** What the address says; else the file that was given, or the newest rollout of the host. */
function chosenOf(address: Address, given: File | undefined, rollouts: readonly KnownRollout[]): Chosen {
  const [example, id] = [exampleNamed(address.param(PARAMS.example)), address.param(PARAMS.rollout)];
  if (example !== undefined) return { kind: 'example', name: example };
  if (id !== undefined && offersFleet()) return { kind: 'host', id };
  if (given !== undefined) return { kind: 'file', name: given.name };
  const [newest] = rollouts;
  return newest === undefined ? { kind: 'none' } : { kind: 'host', id: newest.id };
}

/** A file that is given again is another one, whatever it is called. */
const isSame = (a: Chosen | undefined, b: Chosen): boolean =>
  b.kind !== 'file' && JSON.stringify(a) === JSON.stringify(b);

const percentOf = (text: string | undefined): number =>
  text !== undefined && /^(100|\d{1,2})$/.test(text) ? Number(text) : 100;

/** What is read: a file, an answer of the host, or a moment of an example. */
type Readable = Blob | ArrayBuffer | { readonly name: ExampleName; readonly share: number };

type Reading = Pick<FleetSource, 'picture' | 'isReading' | 'failure' | 'story'> & {
  /** Reads it, and then what was asked for last meanwhile. Nothing takes the picture away. @returns the picture that it became. */
  readonly read: (what: Readable | undefined) => Promise<RolloutPicture | undefined>;
  readonly fail: (error: unknown) => void;
};

/** Reads in one worker, which keeps what it read last, to be asked about hosts. */
function createReading(address: Address): Reading {
  const [picture, setPicture] = createSignal<RolloutPicture>();
  const [isReading, setReading] = createSignal(false);
  const [failure, setFailure] = createSignal<Words>();
  let assistant: Assistant | undefined;
  const session = createSession(() => {
    assistant ??= newAssistant();
    return assistant;
  });
  onCleanup(() => assistant?.end());
  let asked = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const fail = (error: unknown): void => void setFailure(wordsOf(error));
  const read: Reading['read'] = (what) => {
    asked += 1;
    const mine = asked;
    const turn = queue.then(async () => {
      // Who drags a slider asks for more than is ever shown.
      if (mine !== asked) return undefined;
      if (what === undefined) {
        batch(() => {
          setPicture(undefined);
          setFailure(undefined);
        });
        return undefined;
      }
      setReading(true);
      try {
        const next = await session.read(what);
        batch(() => {
          setPicture(next);
          setFailure(undefined);
        });
        return next;
      } catch (error) {
        fail(error);
        return undefined;
      } finally {
        setReading(false);
      }
    });
    queue = turn;
    return turn;
  };
  const host = (): number | undefined => hostOf(picture(), address.param(PARAMS.host));
  const [story] = createResource(
    () => [picture(), host()] as const,
    async ([, at]): Promise<HostStory> => (at === undefined ? undefined : await session.story(at)),
  );
  return { picture, isReading, failure, fail, read, story: () => story.latest };
}

interface Session {
  readonly read: (what: Readable) => Promise<RolloutPicture>;
  readonly story: (host: number) => Promise<HostStory>;
}

function createSession(assistant: () => Assistant): Session {
  const open = keptOpen(async () => await assistant().api.openRollout());
  const session = async () => await Promise.race([open(), assistant().died]);
  return {
    read: async (what) => {
      const { died } = assistant();
      const remote = await session();
      if ('share' in what) return await Promise.race([remote.example(what.name, what.share), died]);
      if (what instanceof Blob) return await Promise.race([remote.open(what), died]);
      return await Promise.race([remote.read(transfer(new Uint8Array(what), [what])), died]);
    },
    story: async (host) => await (await session()).story(host),
  };
}

/** Takes files that are dropped while the page is shown, before they come to the desk, which has no place for them. */
export function divertDropped(open: (file: File) => void): void {
  const divert = (event: DragEvent): void => {
    const [dropped] = event.dataTransfer?.files ?? [];
    if (dropped === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open(dropped);
  };
  addEventListener('drop', divert, { capture: true });
  onCleanup(() => removeEventListener('drop', divert, { capture: true }));
}
