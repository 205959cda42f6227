import { Capstone, Const, loadCapstone } from 'capstone-wasm';
import { beforeAll, expect, test } from 'vitest';
import { encodeRow, operandsOf, print } from '../src/codec.ts';
import { xzr } from '../src/registers.ts';
import { type Sample, samplesOfEach } from './samples.ts';

/** Newer than capstone 5.0, which gives them no name or none at all. */
const unknownToCapstone =
  /^(udf|xaflag|axflag|cpy\w+|setg?[pme]|msr\.(ssbs|tco|allint)|ssbb|pssbb|dsb\.nxs|sb|wf[ei]t|bc\.cond|(abs|cnt|ctz|[su](max|min)(\.imm)?)(\.w)?)$/;
const ADDRESS = 0x100_0000;
let capstone: Capstone;

beforeAll(async () => {
  await loadCapstone();
  capstone = new Capstone(Const.CS_ARCH_ARM64, Const.CS_MODE_LITTLE_ENDIAN);
});

/** The word as capstone writes it, or `undefined` where it refuses it. */
function theirs(word: number): string | undefined {
  try {
    const [found] = capstone.disasm(new Uint8Array(Uint32Array.of(word).buffer), { address: ADDRESS });
    return found && `${found.mnemonic} ${found.opStr}`.trim();
  } catch {
    return undefined;
  }
}

/** The word of a hint, a system instruction or a register that is written by number, where its name is newer. */
function wordByNumber(text: string): number | undefined {
  const hint = /^(hint #0x\w+)$/.exec(text)?.[1];
  if (hint !== undefined) return encodeRow('hint', [hint]);
  const sys = /^sys #(\d), c(\d+), c(\d+), #(\d)(?:, (x\d+|xzr))?$/.exec(text);
  if (sys !== null) return encodeRow('sys.any', [...sys.slice(1, 5).map(Number), registerOf(sys[5])]);
  const [, mrs, from] = /^mrs (\w+), (s\d\w+)$/.exec(text) ?? [];
  if (from !== undefined) return encodeRow('mrs', [registerOf(mrs), from]);
  const [, to, msr] = /^msr (s\d\w+), (\w+)$/.exec(text) ?? [];
  return to === undefined ? undefined : encodeRow('msr', [to, registerOf(msr)]);
}

const registerOf = (name = 'xzr'): number | 'xzr' => (name === 'xzr' ? xzr : Number(name.slice(1)));

/** Numbers as unsigned decimals of 32 bits where they fit, one spelling of each condition; the trace unit's registers have names there. */
function normalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/\b(trc\w+|s2_1_c\d+_c\d+_\d)\b/, 'trace register')
    .replace(/^dsb #0$/, 'ssbb')
    .replace(/^dsb #4$/, 'pssbb')
    .replace(/\bhs\b/g, 'cs')
    .replace(/\blo\b/g, 'cc')
    .replace(/^(prfu?m) (#\w+)?,/, '$1 ,')
    .replace(/(?<![\w.])#?(-?)(0x[0-9a-f]+|\d+)/g, (_, minus: string, digits: string) =>
      String(BigInt.asUintN(64, minus === '' ? BigInt(digits) : -BigInt(digits))),
    );
}

/** Of a mov of 32 bits capstone writes the immediate as signed. */
const signed = (text: string): string =>
  text.replace(
    /^(mov w\w+, #)(0x[0-9a-f]+)$/,
    (_, head: string, digits: string) => head + BigInt.asIntN(32, BigInt(digits)),
  );

/** CONSTRAINED UNPREDICTABLE for the registers it names, which capstone refuses and GNU does not. */
function isUnpredictable({ id, operands }: Sample): boolean {
  const registers = operandsOf(id).flatMap(({ kind }, at) => (/^(x|w|xsp|fd|fq)$/.test(kind) ? [operands[at]] : []));
  return new Set(registers).size < registers.length;
}

test('capstone agrees on every row', () => {
  const samples = samplesOfEach(40, 20130118).filter(({ id }) => !unknownToCapstone.test(id));
  const wrong = samples.flatMap((sample) => {
    const word = encodeRow(sample.id, sample.operands);
    const their = theirs(word);
    if (their === undefined) return isUnpredictable(sample) ? [] : [`${print(word)}: capstone refuses`];
    if (wordByNumber(their) === word) return [];
    const ours = [true, false].map((aliases) => print(word, { aliases, address: BigInt(ADDRESS) }));
    const spellings = [...ours, ...ours.map(signed)].map(normalize);
    return spellings.includes(normalize(their)) ? [] : [`${ours.join(' or ')}: capstone says ${their}`];
  });
  expect(wrong.slice(0, 20)).toEqual([]);
});
