/**
 * The value that Student's t with so many degrees of freedom stays within, on both sides, with this probability: 6.314 for 90 %
 * and one degree, 1.645 for infinitely many.
 */
export function tQuantile(confidence: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (within(high, degrees) < confidence) high *= 2;
  // Each step halves what is left.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (within(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** With more, t is as good as normal when its argument is put straight first. */
const SERIES_MAX = 200;

/** The probability that |t| is at most this: its finite series (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function within(t: number, degrees: number): number {
  if (degrees > SERIES_MAX) return normalWithin((t * (1 - 1 / (4 * degrees))) / Math.sqrt(1 + t ** 2 / (2 * degrees)));
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle) ** 2;
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = isOdd && degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= ((k - 1) / k) * cosine;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** The same of the normal distribution: the series of the error function. */
function normalWithin(z: number): number {
  if (z > 8) return 1;
  let term = z;
  let sum = z;
  for (let k = 1; k < 200 && term > sum * 1e-17; k++) {
    term *= z ** 2 / (2 * k + 1);
    sum += term;
  }
  return Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2) * sum;
}
