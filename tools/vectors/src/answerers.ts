import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Answerer } from './run.ts';

/** The modules that packages answer with, by file name. */
const ANSWER = 'answer.js';
const BOOTS = 'boots.js';
const BOOT_REQUEST = 'boot-request.js';

/**
 * Loads what the packages answer with, from each one's built `vectors` folder: `answer` says which `functions` it is
 * for; `boots` answers records of whole boots, and `boot-request` reads their command lines for it.
 */
export async function loadAnswerers(packages: string): Promise<Answerer[]> {
  const files = readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'build', 'vectors');
    return [ANSWER, BOOTS, BOOT_REQUEST].map((file) => join(folder, file)).filter((file) => existsSync(file));
  });
  const modules = await Promise.all(files.map(async (file) => ({ name: basename(file), module: await load(file) })));
  const ofName = (wanted: string): Record<string, unknown>[] =>
    modules.flatMap(({ name, module }) => (name === wanted ? [module] : []));
  const [request] = ofName(BOOT_REQUEST);
  return [...ofName(ANSWER).map(caseAnswerer), ...ofName(BOOTS).map((boots) => bootAnswerer(boots, request ?? {}))];
}

async function load(file: string): Promise<Record<string, unknown>> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  return module;
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function functionOf(module: Record<string, unknown>, name: string): (...args: unknown[]) => unknown {
  const found = module[name];
  if (!isFunction(found)) throw new TypeError(`an answering module has no function ${name}`);
  return found;
}

function caseAnswerer(module: Record<string, unknown>): Answerer {
  const functions = new Set(Array.isArray(module.functions) ? module.functions : []);
  const answer = functionOf(module, 'answer');
  return (record) => {
    if (!functions.has(record.fn)) return undefined;
    const tags = Array.isArray(record.tags) ? record.tags : [];
    return { id: String(record.id), tags, expected: record.output, actual: answered(() => answer(record)) };
  };
}

/** An exception is an answer too: one that never agrees. */
function answered(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function bootAnswerer(boots: Record<string, unknown>, request: Record<string, unknown>): Answerer {
  const [isBoot, expectedOf, answerBoot] = [
    functionOf(boots, 'isBoot'),
    functionOf(boots, 'expectedOf'),
    functionOf(boots, 'answerBoot'),
  ];
  const requestOf = functionOf(request, 'requestOf');
  return (record) => {
    if (isBoot(record) !== true) return undefined;
    return {
      id: `${String(record.kernel)} ${String(record.name)}`,
      tags: [],
      expected: expectedOf(record),
      actual: answered(() => answerBoot(record, requestOf)),
    };
  };
}
