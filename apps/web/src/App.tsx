import type { StrategyName } from '@kexeckit/relocation';
import { createSignal, type JSX, onCleanup, onMount } from 'solid-js';
import { Controls } from './Controls.tsx';
import { FactList } from './FactList.tsx';
import { FailureNote } from './FailureNote.tsx';
import { createLab } from './lab.ts';
import { MemoryMap } from './MemoryMap.tsx';
import { ProofList } from './ProofList.tsx';
import { StrategyTabs } from './StrategyTabs.tsx';
import { Timeline } from './Timeline.tsx';

/** The page. */
export function App(): JSX.Element {
  const lab = createLab();
  const [strategy, setStrategy] = createSignal<StrategyName>('mmu-on');
  const result = () => lab.results()[strategy()];
  const refused = () => {
    const failure = lab.failure();
    return failure?.strategy === strategy() ? failure.proof : undefined;
  };

  onMount(() => lab.run({ exceptionLevel: 2, seed: 1, first: strategy() }));
  onCleanup(lab.stop);

  return (
    <>
      <header class="page-header">
        <h1>
          kexeckit <span class="quiet">lab</span>
        </h1>
        <p class="lead">
          An arm64 server restarts into its next kernel (13&nbsp;MiB, with 24&nbsp;MiB of initramfs) in four ways, each
          planned, proved page by page and executed word by word in your browser.
        </p>
        <Controls lab={lab} strategy={strategy()} />
      </header>
      <main aria-busy={lab.running()}>
        <FailureNote failure={lab.failure()} />
        <StrategyTabs selected={strategy()} results={lab.results()} onSelect={setStrategy} />
        <div id="strategy-panel" role="tabpanel" aria-labelledby={`tab-${strategy()}`}>
          <MemoryMap view={result() ?? lab.machine()} strategy={strategy()} />
          <Timeline results={lab.results()} selected={strategy()} />
          <ProofList strategy={strategy()} rows={result()?.proof ?? refused()} />
          <FactList strategy={strategy()} facts={result()?.facts} />
        </div>
      </main>
      <footer>
        <p>
          Relocation is <em>modelled</em>: the strict machine counts what the routine does, and a profile fitted to
          published measurements of a Broadcom Stingray prices it. Shutdown and startup are <em>published</em> figures
          of that machine. Nothing leaves this page.
        </p>
      </footer>
    </>
  );
}
