import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { isStranger, offersQemu } from '../desk/host.ts';
import { type WishName, wishFields } from '../desk/wishes.ts';
import { Items } from '../features/desk/Items.tsx';
import { WishInput } from '../features/desk/WishInput.tsx';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { LiveConsole } from '../features/live/LiveConsole.tsx';
import { LiveForm } from '../features/live/LiveForm.tsx';
import { type LiveState, nothingYet, phaseLines } from '../features/live/model.ts';
import { NoHost } from '../features/live/NoHost.tsx';
import { Phases } from '../features/live/Phases.tsx';
import { firstTexts, type HostLimits, type MachineTexts, readMachine } from '../features/live/request.ts';
import { Verdict } from '../features/live/Verdict.tsx';
import type { Lab } from './lab.ts';
import { createLiveSession, type LiveSession } from './live-session.ts';
import { params } from './params.ts';
import '../features/desk/style.css';
import '../features/live/style.css';

/** Sessions outlive this page: whoever looks at another one finds the machine as it goes. */
const sessions = new WeakMap<Lab, LiveSession>();

/** A boot of what lies on the desk on a machine of the host's QEMU, as it happens. */
export function LivePage(props: { readonly lab: Lab }): JSX.Element {
  return (
    <main class="live">
      <Show when={offersQemu()} fallback={<NoHost isStranger={isStranger()} />}>
        <Machine lab={props.lab} session={sessionOf(props.lab)} />
      </Show>
    </main>
  );
}

function sessionOf(lab: Lab): LiveSession {
  const session = sessions.get(lab) ?? createLiveSession();
  sessions.set(lab, session);
  return session;
}

const OPEN: readonly WishName[] = ['strategy', 'exceptionLevel'];
const MORE: readonly WishName[] = ['vhe', 'softRestart', 'seed', 'reserve', 'verify', 'breadcrumbs'];
const GENERATED: readonly WishName[] = ['kernelMib', 'initrdMib'];

/** What is shown of the clock, in milliseconds. */
const TICK_MS = 200;

function Machine(props: { readonly lab: Lab; readonly session: LiveSession }): JSX.Element {
  const { desk } = props.lab;
  const { session } = props;
  const { texts, change } = keptTexts(props.lab);
  const machine = createMemo(() => readMachine(texts(), session.limits() ?? NO_LIMITS));
  const state = (): LiveState => session.state() ?? nothingYet;
  const now = createNow(session);
  const items = () => desk.subject().items;
  const wish = (name: WishName): JSX.Element => (
    <WishInput
      field={wishFields[name]}
      value={desk.subject().wishes[name]}
      complaint={desk.complaints()[name]}
      onChange={(text) => desk.setWish(name, text)}
    />
  );
  const start = (): void => {
    const [wishes, asked] = [desk.wishes(), machine().wishes];
    if (wishes !== undefined && asked !== undefined) void session.start(desk.subject(), wishes, asked);
  };
  const showTimeline = async (): Promise<void> => {
    await desk.take([new File([session.consoleText()], 'console of the live boot')]);
    location.hash = '/evidence';
  };
  onMount(() => void session.learnLimits());
  return (
    <>
      <LiveForm
        texts={texts()}
        complaints={machine().complaints}
        onChange={change}
        wishes={<For each={OPEN}>{wish}</For>}
        moreWishes={<For each={items().kernel === undefined ? [...MORE, ...GENERATED] : MORE}>{wish}</For>}
        hasTree={items().dtb !== undefined}
        canStart={desk.wishes() !== undefined && machine().wishes !== undefined && session.limits() !== undefined}
        isRunning={session.isRunning()}
        isUp={state().isUp}
        onStart={start}
        onEnd={() => void session.end()}
        onFiles={(files) => void desk.take(files)}
      />
      <Items items={items()} findings={desk.findings()} onRemove={desk.remove} />
      <Show when={items().kernel === undefined}>
        <p class="quiet note">
          No kernel lies on the desk: a generated one is taken, which holds nothing to run. It goes up to the jump,
          where every byte is read back.
        </p>
      </Show>
      <Show when={session.limits()}>{(limits) => <Limits limits={limits()} />}</Show>
      <FailureNote failure={session.failure()} />
      <Show when={session.isLost()}>
        <p class="failure" role="alert">
          The host is not heard any more; it is asked again …
        </p>
      </Show>
      <Show when={session.state()}>
        <Verdict state={state()} now={now()} onTimeline={() => void showTimeline()} />
      </Show>
      <Phases lines={phaseLines(state(), now())} />
      <LiveConsole isTyped={state().isUp} onType={session.type} follow={session.follow} />
      <FailureNote failure={session.notTyped()} />
    </>
  );
}

/** What the host allows, before it has said so: whatever is typed may be right. */
const NO_LIMITS: Pick<HostLimits, 'memoryMib' | 'cpus'> = { memoryMib: { least: 1, most: 2 ** 20 }, cpus: 512 };

function Limits(props: { readonly limits: HostLimits }): JSX.Element {
  const minutes = (milliseconds: number): number => Math.round(milliseconds / 60_000);
  return (
    <p class="quiet note">
      At most {props.limits.machines} machines at once. One may take {minutes(props.limits.bootMs)} minutes until it is
      up, and run on for {minutes(props.limits.keptMs)}; it ends {Math.round(props.limits.graceMs / 1000)} s after its
      page is gone.
    </p>
  );
}

/** Seconds since the machine was asked for: they go on while it runs, and stand still at its end. */
function createNow(session: LiveSession): () => number {
  const [tick, setTick] = createSignal(session.now());
  const timer = setInterval(() => {
    if (session.isRunning()) setTick(session.now());
  }, TICK_MS);
  onCleanup(() => clearInterval(timer));
  return () => {
    const state = session.state();
    return session.isRunning() && state?.end === undefined
      ? Math.max(tick(), state?.seconds ?? 0)
      : (state?.seconds ?? 0);
  };
}

/** What is wished of the machine, as the address keeps it. */
function keptTexts({ address: { param, setParams } }: Lab): {
  readonly texts: () => MachineTexts;
  readonly change: (name: keyof MachineTexts, text: string) => void;
} {
  const read = (name: keyof MachineTexts): string => param(params.live[name]) ?? firstTexts[name];
  const flag = (name: 'keep' | 'dtb'): string => (read(name) === 'yes' ? 'yes' : '');
  return {
    texts: () => ({
      memory: read('memory'),
      cpus: read('cpus'),
      cmdline: read('cmdline'),
      keep: flag('keep'),
      dtb: flag('dtb'),
    }),
    change: (name, text) => setParams(new Map([[params.live[name], text === firstTexts[name] ? undefined : text]])),
  };
}
