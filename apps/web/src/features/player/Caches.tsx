import { For, type JSX, Show } from 'solid-js';
import { count, hex, pagesText } from '../../shared/format.ts';
import type { PlayerState } from './facts.ts';

const page = (number: number): string => hex(BigInt(number) << 12n);

/** What data cache, TLB and instruction cache hold, and the console. */
export function Caches(props: { readonly state: PlayerState }): JSX.Element {
  return (
    <div class="caches">
      <DataCache state={props.state} />
      <TlbPart tlb={props.state.tlb} />
      <section aria-labelledby="icache-title">
        <h2 id="icache-title">Instruction cache</h2>
        <dl>
          <div>
            <dt>instructions fetched</dt>
            <dd>{count(props.state.icache.decoded)}</dd>
          </div>
          <div>
            <dt>
              <abbr title="The cache may hold what stood in them before: until IC IALLU, DSB and ISB">
                pages of old code
              </abbr>
            </dt>
            <dd>{count(props.state.icache.oldFrames)}</dd>
          </div>
        </dl>
        <h2>Console</h2>
        <pre class="console">{props.state.console === '' ? 'nothing yet' : props.state.console}</pre>
      </section>
    </div>
  );
}

const DIRTY =
  'Lines of destinations that are newer in the cache than in memory: the next kernel, whose MMU is off, would not see them';

function DataCache(props: { readonly state: PlayerState }): JSX.Element {
  return (
    <section aria-labelledby="data-title">
      <h2 id="data-title">Data cache</h2>
      <dl>
        <div data-figure="dirty lines">
          <dt>
            <abbr title={DIRTY}>dirty lines</abbr>
          </dt>
          <dd>
            {count(props.state.dirtyLines)} in {pagesText(props.state.dirtyPages)}
          </dd>
        </div>
        <div>
          <dt>
            <abbr title="A DC was executed for lines of them, and no DSB behind it has completed it">
              cleaning not complete
            </abbr>
          </dt>
          <dd>{pagesText(props.state.unfinishedPages)}</dd>
        </div>
        <For each={props.state.counters}>
          {([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{count(value)}</dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}

function TlbPart(props: { readonly tlb: PlayerState['tlb'] }): JSX.Element {
  return (
    <section aria-labelledby="tlb-title">
      <h2 id="tlb-title">
        <abbr title="Translation lookaside buffer: what the MMU remembers of the page tables">TLB</abbr>{' '}
        <span class="quiet">
          {count(props.tlb.size)} entries, {count(props.tlb.stale)} of the old kernel
        </span>
      </h2>
      <Show when={props.tlb.last.length > 0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Page</th>
              <th scope="col">Leads to</th>
              <th scope="col">May</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.tlb.last}>
              {(entry) => (
                <tr>
                  <td>
                    <code>{page(entry.page)}</code>
                  </td>
                  <td>
                    <code>{page(entry.frame)}</code>
                  </td>
                  <td>
                    {entry.rights}
                    {entry.stale ? ', old' : ''}
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}
