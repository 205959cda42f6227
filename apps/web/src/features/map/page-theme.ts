import { type Accessor, createSignal, onCleanup } from 'solid-js';
import { pickKeys } from '../../shared/keys.ts';
import { forcedTheme, lightTheme, type Theme, variableOf } from './model/theme.ts';

/** The page's colours, as its style sheet has them, or the system's own where those are forced; follows when they change. */
export function createTheme(): Accessor<Theme> {
  const [theme, setTheme] = createSignal(pageTheme());
  const changes = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  const follow = (): void => {
    setTheme(pageTheme());
  };
  for (const change of changes) change.addEventListener('change', follow);
  onCleanup(() => {
    for (const change of changes) change.removeEventListener('change', follow);
  });
  return theme;
}

function pageTheme(): Theme {
  if (matchMedia('(forced-colors: active)').matches) return forcedTheme;
  const style = getComputedStyle(document.documentElement);
  const own = pickKeys(lightTheme).flatMap((colour): (readonly [string, string])[] => {
    const value = style.getPropertyValue(variableOf(colour)).trim();
    return value === '' ? [] : [[colour, value]];
  });
  return { ...lightTheme, ...Object.fromEntries(own) };
}
