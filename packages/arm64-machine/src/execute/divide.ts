import { type Factories, type Factory, source, target } from './op.ts';

/** Where a division leaves the halves of its quotient. */
const quotient = new Int32Array(2);

/** Below this, doubles hold integers exactly, and the floor of their quotient is right. */
const EXACT_HIGH = 2 ** 21;

/** Unsigned 64-bit division; by zero it gives zero (Arm ARM C6.2, `UDIV`). */
function divide(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const [a, b] = [aHigh >>> 0, bHigh >>> 0];
  if ((bLow | bHigh) === 0) {
    quotient.fill(0);
  } else if (a < EXACT_HIGH && b < EXACT_HIGH) {
    const whole = Math.floor((a * 2 ** 32 + (aLow >>> 0)) / (b * 2 ** 32 + (bLow >>> 0)));
    quotient[0] = whole | 0;
    quotient[1] = Math.floor(whole / 2 ** 32);
  } else {
    divideBitwise(aLow, aHigh, bLow, bHigh);
  }
}

/** Long division, a bit at a time. */
function divideBitwise(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  let [low, high, restLow, restHigh] = [aLow, aHigh, 0, 0];
  for (let bit = 0; bit < 64; bit++) {
    const out = restHigh >>> 31;
    restHigh = (restHigh << 1) | (restLow >>> 31);
    restLow = (restLow << 1) | (high >>> 31);
    high = (high << 1) | (low >>> 31);
    low <<= 1;
    const fits = out === 1 || restHigh >>> 0 > bHigh >>> 0 || (restHigh === bHigh && restLow >>> 0 >= bLow >>> 0);
    if (!fits) continue;
    restHigh = (restHigh - bHigh - (restLow >>> 0 < bLow >>> 0 ? 1 : 0)) | 0;
    restLow = (restLow - bLow) | 0;
    low |= 1;
  }
  quotient[0] = low;
  quotient[1] = high;
}

function unsigned64(): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, a, b] = [target(d), source(n), source(m)];
    return (index) => {
      divide(L[a] ?? 0, H[a] ?? 0, L[b] ?? 0, H[b] ?? 0);
      L[to] = quotient[0] ?? 0;
      H[to] = quotient[1] ?? 0;
      return index + 1;
    };
  };
}

/** The high half of -value. */
const negatedHigh = (low: number, high: number): number => (~high + (low === 0 ? 1 : 0)) | 0;

/** SDIV rounds towards zero; the least number by -1 is itself. */
function signed64(): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, a, b] = [target(d), source(n), source(m)];
    return (index) => {
      const aLow = L[a] ?? 0;
      const aHigh = H[a] ?? 0;
      const bLow = L[b] ?? 0;
      const bHigh = H[b] ?? 0;
      const aNegative = aHigh < 0;
      const bNegative = bHigh < 0;
      divide(
        aNegative ? -aLow | 0 : aLow,
        aNegative ? negatedHigh(aLow, aHigh) : aHigh,
        bNegative ? -bLow | 0 : bLow,
        bNegative ? negatedHigh(bLow, bHigh) : bHigh,
      );
      const low = quotient[0] ?? 0;
      const high = quotient[1] ?? 0;
      const negative = aNegative !== bNegative;
      L[to] = negative ? -low : low;
      H[to] = negative ? negatedHigh(low, high) : high;
      return index + 1;
    };
  };
}

function divide32(signed: boolean): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, a, b] = [target(d), source(n), source(m)];
    return (index) => {
      const dividend = L[a] ?? 0;
      const divisor = L[b] ?? 0;
      const whole = signed ? dividend / divisor : (dividend >>> 0) / (divisor >>> 0);
      // Of infinity and NaN, which a division by zero gives, `| 0` makes the zero that it must give here.
      L[to] = whole | 0;
      H[to] = 0;
      return index + 1;
    };
  };
}

/** Divisions. */
export const divisions: Factories = {
  udiv: unsigned64(),
  'udiv.w': divide32(false),
  sdiv: signed64(),
  'sdiv.w': divide32(true),
};
