import { carryOf, multiplyHigh, multiplyHighSigned } from './halves.ts';
import { type Factories, type Factory, source, target } from './op.ts';

/** d = a ± product, where the product is given as halves. */
const addProductLow = (a: number, product: number, subtract: boolean): number =>
  (subtract ? a - product : a + product) | 0;

function addProductHigh(a: number, aLow: number, high: number, low: number, sum: number, subtract: boolean): number {
  if (subtract) return (a - high - (aLow >>> 0 < low >>> 0 ? 1 : 0)) | 0;
  return (a + high + carryOf(aLow, low, sum)) | 0;
}

/** MADD and MSUB. */
function multiplyAdd(subtract: boolean, wide: boolean): Factory {
  return (core, [d, n, m, a]) => {
    const { low: L, high: H } = core.registers;
    const [to, one, two, third] = [target(d), source(n), source(m), source(a)];
    if (!wide) {
      return (index) => {
        L[to] = addProductLow(L[third] ?? 0, Math.imul(L[one] ?? 0, L[two] ?? 0), subtract);
        H[to] = 0;
        return index + 1;
      };
    }
    return (index) => {
      const x = L[one] ?? 0;
      const y = L[two] ?? 0;
      const low = Math.imul(x, y);
      const high = multiplyHigh(x, y) + Math.imul(x, H[two] ?? 0) + Math.imul(H[one] ?? 0, y);
      const base = L[third] ?? 0;
      const sum = addProductLow(base, low, subtract);
      H[to] = addProductHigh(H[third] ?? 0, base, high, low, sum, subtract);
      L[to] = sum;
      return index + 1;
    };
  };
}

/** SMADDL, UMADDL and their subtractions: 32 by 32 to 64 bits. */
function multiplyAddLong(signed: boolean, subtract: boolean): Factory {
  return (core, [d, n, m, a]) => {
    const { low: L, high: H } = core.registers;
    const [to, one, two, third] = [target(d), source(n), source(m), source(a)];
    return (index) => {
      const x = L[one] ?? 0;
      const y = L[two] ?? 0;
      const low = Math.imul(x, y);
      const high = signed ? multiplyHighSigned(x, y) : multiplyHigh(x, y);
      const base = L[third] ?? 0;
      const sum = addProductLow(base, low, subtract);
      H[to] = addProductHigh(H[third] ?? 0, base, high, low, sum, subtract);
      L[to] = sum;
      return index + 1;
    };
  };
}

/** UMULH and SMULH: the upper 64 bits of a 128-bit product, by columns of 32. */
function upperProduct(signed: boolean): Factory {
  return (core, [d, n, m]) => {
    const { low: L, high: H } = core.registers;
    const [to, one, two] = [target(d), source(n), source(m)];
    return (index) => {
      const x = L[one] ?? 0;
      const xHigh = H[one] ?? 0;
      const y = L[two] ?? 0;
      const yHigh = H[two] ?? 0;
      const middle = (multiplyHigh(x, y) >>> 0) + (Math.imul(x, yHigh) >>> 0) + (Math.imul(xHigh, y) >>> 0);
      const upper =
        (Math.imul(xHigh, yHigh) >>> 0) +
        (multiplyHigh(x, yHigh) >>> 0) +
        (multiplyHigh(xHigh, y) >>> 0) +
        Math.floor(middle / 2 ** 32);
      let low = upper | 0;
      let high = (multiplyHigh(xHigh, yHigh) + Math.floor(upper / 2 ** 32)) | 0;
      // A negative factor was taken as 2^64 more than it is.
      if (signed && xHigh < 0) {
        high = high - yHigh - (low >>> 0 < y >>> 0 ? 1 : 0);
        low = (low - y) | 0;
      }
      if (signed && yHigh < 0) {
        high = high - xHigh - (low >>> 0 < x >>> 0 ? 1 : 0);
        low = (low - x) | 0;
      }
      L[to] = low;
      H[to] = high;
      return index + 1;
    };
  };
}

/** Multiplications. */
export const multiplications: Factories = {
  madd: multiplyAdd(false, true),
  'madd.w': multiplyAdd(false, false),
  msub: multiplyAdd(true, true),
  'msub.w': multiplyAdd(true, false),
  smaddl: multiplyAddLong(true, false),
  smsubl: multiplyAddLong(true, true),
  umaddl: multiplyAddLong(false, false),
  umsubl: multiplyAddLong(false, true),
  smulh: upperProduct(true),
  umulh: upperProduct(false),
};
