/** How every kernel's first message starts, which stands in its read-only data (init/version.c). */
const BANNER = new TextEncoder().encode('Linux version ');
/** A release is any text without a blank; whoever built it follows: `6.12.41-cloud-arm64 (builder@host) (gcc …`. */
const RELEASE = /^\d+\.\d+[!-~]*$/;
const RELEASE_MAX = 64;
const BUILDER_MAX = 192;
const [SPACE, OPEN, CLOSE, AT] = [0x20, 0x28, 0x29, 0x40];

/**
 * The release of the kernel in an unpacked image, as `uname -r` will print it: `6.12.41-cloud-arm64`. Undefined for an image
 * without one: a test kernel, or another system. Other messages may speak of a version too: only who built the kernel tells the
 * banner from them.
 */
export function kernelRelease(image: Uint8Array): string | undefined {
  for (let at = nextBanner(image, 0); at >= 0; at = nextBanner(image, at)) {
    at += BANNER.length;
    const end = endOfRelease(image, at);
    const release = String.fromCharCode(...image.subarray(at, end));
    if (RELEASE.test(release) && isBuilder(image, end + 1)) return release;
  }
  return undefined;
}

/** Where the blank behind a release stands; `at` where none does. */
function endOfRelease(image: Uint8Array, at: number): number {
  for (let end = at; end <= at + RELEASE_MAX; end++) if (image[end] === SPACE) return end;
  return at;
}

/** Whether `(somebody@somewhere)` stands there. */
function isBuilder(image: Uint8Array, at: number): boolean {
  if (image[at] !== OPEN) return false;
  let hasHost = false;
  for (let next = at + 1; next < at + BUILDER_MAX; next++) {
    const byte = image[next] ?? 0;
    if (byte === CLOSE) return hasHost;
    if (byte < SPACE || byte === OPEN) return false;
    if (byte === AT) hasHost = true;
  }
  return false;
}

/** How far to go on from a byte under the last one of the banner: to where the same byte stands in it next. */
const STEPS = new Uint8Array(256).fill(BANNER.length);
BANNER.subarray(0, -1).forEach((byte, index) => {
  STEPS[byte] = BANNER.length - 1 - index;
});

/** Where the start of a banner stands next, or -1 (Horspool's search). */
function nextBanner(image: Uint8Array, from: number): number {
  const last = BANNER.length - 1;
  for (let end = from + last; end < image.length; end += STEPS[image[end] ?? 0] ?? 1) {
    let index = last;
    while (index >= 0 && image[end - last + index] === BANNER[index]) index--;
    if (index < 0) return end - last;
  }
  return -1;
}
