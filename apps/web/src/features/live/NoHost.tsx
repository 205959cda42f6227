import { type JSX, Show } from 'solid-js';

/** What to start where the page comes from a server that has no machines, or what to open where it does not know this tab. */
export function NoHost(props: { readonly isStranger: boolean }): JSX.Element {
  return (
    <Show when={props.isStranger} fallback={<NoMachine />}>
      <section aria-labelledby="no-host-title">
        <h2 id="no-host-title">The host does not know this tab</h2>
        <p>
          Machines are for the tab that was opened by the address which <code>kexeckit lab</code> has printed: it holds
          a secret word, which that tab keeps, and which no link has. Open that address here. Everything but Live works
          without it.
        </p>
      </section>
    </Show>
  );
}

function NoMachine(): JSX.Element {
  return (
    <section aria-labelledby="no-host-title">
      <h2 id="no-host-title">This page was not served with a machine</h2>
      <p>
        Live boots need QEMU on the host that serves the page. There, with <code>qemu-system-aarch64</code> installed:
      </p>
      <pre class="live-command">
        <code>npx kexeckit lab</code>
      </pre>
      <p>
        It prints an address that holds a secret word, and is served to that host alone. On its page, what lies on the
        desk is sent to that host, planned and proved there, and booted on QEMU's virt machine: its console and its
        phases show up here as they happen. Nothing of the host is changed; the machine ends with the page, or with
        Ctrl-C.
      </p>
    </section>
  );
}
