import { readFileSync } from 'node:fs';
import { deviceTrees } from '@kexeckit/testing';
import { type Fdt, parseDts, parseFdt, printDts } from '../../src/index.ts';
import { BLOBS, fixture } from '../../src/testing/fixtures.ts';

const PLUGIN = `/dts-v1/; /plugin/;
&ext { status = "okay"; uses = <&own 1 &ext>; own: node@1 { reg = <1>; }; };
&{/soc} { a { b = "c", <(1 + 2)>, [00 ff]; }; };`;

const OVERLAY: Fdt = parseDts(PLUGIN, { symbols: true });
const BASE: Fdt = parseDts(
  '/dts-v1/; / { aliases { s = "/soc"; }; soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x100 0x1000>; ext: x@1 { reg = <1 1>; }; }; };',
  { symbols: true },
);

/** What is mutated: few, so that most inputs are near something small and right. */
export interface Seeds {
  readonly blobs: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly base: Fdt;
  readonly overlay: Fdt;
}

/** Our fixtures, and some of Debian's trees and overlays, and the sources that dtc is tested with, where they are here. */
export function seeds(): Seeds {
  const some = [...deviceTrees('dtb').filter((_, index) => index % 250 === 0), ...deviceTrees('dtbo').slice(0, 4)];
  const blobs = [...BLOBS.map(fixture), ...some.map((file) => new Uint8Array(readFileSync(file)))];
  const small = blobs.filter(({ length }) => length < 20_000);
  const sources = deviceTrees('dts', 'dtc-tests').map((file) => readFileSync(file, 'utf8'));
  return {
    blobs: small,
    texts: [PLUGIN, ...small.map((blob) => printDts(parseFdt(blob))), ...sources],
    base: BASE,
    overlay: OVERLAY,
  };
}
