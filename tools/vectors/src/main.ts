import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAnswerers } from './answerers.ts';
import { readDeviations } from './deviations.ts';
import { type Disagreement, runLines } from './run.ts';

// Usage: main.js FILE… — answers every case of the files and ends with "N passed, N failed[, N deviations]".
const files = process.argv.slice(2);
const here = import.meta.dirname;

if (files.length === 0 || files.some((file) => file.startsWith('-'))) {
  console.error('usage: npm run vectors -- FILE…   (JSON lines of vectors, or of boots)');
  process.exitCode = 2;
} else {
  process.exitCode = await answerFiles(files);
}

async function answerFiles(names: readonly string[]): Promise<number> {
  const answerers = await loadAnswerers(join(here, '../../../packages'));
  const deviations = readDeviations(readFileSync(join(here, '../deviations.json'), 'utf8'));
  const total = { passed: 0, failed: 0, deviations: 0 };
  for (const name of names) {
    const lines = readLines(name);
    if (lines === undefined) return 2;
    const { passed, disagreements } = runLines(lines, answerers, deviations);
    total.passed += passed;
    for (const disagreement of disagreements) {
      console.log(tell(disagreement));
      total[disagreement.deviation === undefined ? 'failed' : 'deviations'] += 1;
    }
  }
  const tail = total.deviations === 0 ? '' : `, ${total.deviations} deviations`;
  console.log(`${total.passed} passed, ${total.failed} failed${tail}`);
  return total.failed === 0 ? 0 : 1;
}

function readLines(name: string): string[] | undefined {
  try {
    // Strings in the files are byte strings written as Latin-1 code points; the file itself is UTF-8.
    return readFileSync(name, 'utf8').split('\n');
  } catch (error) {
    console.error(`cannot read ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function tell({ id, expected, actual, deviation }: Disagreement): string {
  const head = deviation === undefined ? `FAILED ${id}` : `deviation ${id}: ${deviation.reason}`;
  return `${head}\n  expected ${JSON.stringify(expected)}\n  actual   ${JSON.stringify(actual)}`;
}
