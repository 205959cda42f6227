import { For, type JSX, Match, Switch } from 'solid-js';
import { isUnknown, type RowProfile, type TimelineRow } from './model.ts';

/** Whose prices the figures have. */
export function Prices(props: { readonly row: TimelineRow | undefined }): JSX.Element {
  const given = (): RowProfile | undefined => {
    const profile = props.row?.profile;
    return profile?.isPublished === false ? profile : undefined;
  };
  return (
    <div data-testid="prices">
      <Switch fallback={<Published />}>
        <Match when={isUnknown(props.row)}>
          <p>
            <em>Unknown machine</em>: no profile describes this machine, so nobody can say how long it takes. Measure it
            (<code>kexeckit timeline --fit</code>), and choose the profile above. Nothing leaves this page.
          </p>
        </Match>
        <Match when={given()}>
          {(profile) => (
            <>
              <p>
                Relocation is <em>modelled</em>: the strict machine counts what the routine does, and profile{' '}
                {profile().name} ({profile().machine}) prices it, measured: {profile().measured}. Nothing leaves this
                page.
              </p>
              <ul>
                <For each={profile().findings}>{(finding) => <li>{finding}</li>}</For>
              </ul>
            </>
          )}
        </Match>
      </Switch>
    </div>
  );
}

const Published = (): JSX.Element => (
  <p>
    Relocation is <em>modelled</em>: the strict machine counts what the routine does, and a profile fitted to published
    measurements of a Broadcom Stingray prices it. Shutdown and startup are <em>published</em> figures of that machine.
    Nothing leaves this page.
  </p>
);
