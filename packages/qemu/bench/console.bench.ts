import type { Benchmark, Competitor } from '@kexeckit/bench';
import { ConsoleWatcher } from '@kexeckit/qemu';

/** Characters of a console, once, ten times and a hundred times as many, and how many come at once. */
const SIZES = [100_000, 1_000_000, 10_000_000] as const;
const PIECE = 1000;
/** More than this nobody waits for. */
const NAIVE_MAX = 1_000_000;

const MARK = /Run \S+ as init process/;

/** What a console may print: one line without an end, lines, and lines in colours. */
const texts = {
  'without a newline': 'x'.repeat(PIECE),
  'in lines': `${'x'.repeat(99)}\n`.repeat(PIECE / 100),
  'in coloured lines': `\x1b[1;31m${'x'.repeat(88)}\x1b[0m\n`.repeat(PIECE / 100),
};

/** Everything is kept, and all of the line in progress is looked at whenever something comes. */
const naive = (text: string, pieces: number): Competitor => ({
  name: 'look at the whole line again',
  setup: () => () => {
    let line = '';
    let seen = 0;
    for (let count = 0; count < pieces; count++) {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      seen += [...lines, line].filter((each) => MARK.test(each)).length;
    }
    if (seen > 0) throw new Error('a mark that nobody wrote');
  },
});

function follow(name: string, text: string, size: number): Benchmark {
  const pieces = size / PIECE;
  return {
    name: `console of ${size / 1000} kB ${name}, a character`,
    operations: size,
    setup: () => () => {
      const console = new ConsoleWatcher();
      const stop = new AbortController();
      console.waitFor(MARK, 60_000, stop.signal).catch(() => {});
      for (let count = 0; count < pieces; count++) console.push(text);
      stop.abort();
    },
    ...(size <= NAIVE_MAX && { reference: naive(text, pieces) }),
  };
}

/** Following a console, whose cost a character does not grow with what came before. */
export const benchmarks: Benchmark[] = Object.entries(texts).flatMap(([name, text]) =>
  SIZES.map((size) => follow(name, text, size)),
);
