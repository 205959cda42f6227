import { prometheusText, type RolloutDocument, type RolloutStatus, reportHtml } from '@kexeckit/rollout';
import type { Context } from '../../context.ts';
import type { Written } from '../../options/destination.ts';
import { checkPlace, replaceFile } from '../../options/replace-file.ts';
import type { Request } from '../command.ts';
import { withKnownRollouts } from './engine.ts';
import type { ReportValues } from './values.ts';
import { clockOfWorld } from './world.ts';

/** What became of a rollout, and what was written of it. */
export interface Reported {
  readonly status: RolloutStatus;
  readonly document: RolloutDocument;
  readonly html: Written | undefined;
  readonly prometheus: Written | undefined;
}

/** Tells, and writes what was asked for. */
export async function reportFleet({ args, options }: Request<ReportValues>, { io }: Context): Promise<Reported> {
  const [id = ''] = args;
  const { html, prometheus } = options;
  if (html !== undefined) await checkPlace(html, '--html', []);
  if (prometheus !== undefined) await checkPlace(prometheus, '--prometheus', []);
  const { status, document } = await withKnownRollouts(options, io, async ({ engine, client }) => ({
    status: await engine.statusOf(client, id, await clockOfWorld()),
    document: await engine.documentOf(client, id),
  }));
  return {
    status,
    document,
    html: await write(html, '--html', () => reportHtml(status, document)),
    prometheus: await write(prometheus, '--prometheus', () => prometheusText([status])),
  };
}

async function write(path: string | undefined, what: string, textOf: () => string): Promise<Written | undefined> {
  if (path === undefined) return undefined;
  const text = textOf();
  await replaceFile(path, text, what);
  return { file: path, bytes: Buffer.byteLength(text) };
}
