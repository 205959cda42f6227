/** What every kernel has in its read-only data, as the start of its first message (init/version.c). */
const BANNER = new TextEncoder().encode('Linux version ');
const RELEASE_MAX = 64;
const SPACE = 0x20;

/**
 * The release of the kernel in an unpacked image, as `uname -r` will print it: `6.12.41-cloud-arm64`. Undefined for an image
 * without one: a test kernel, or another system.
 */
export function kernelRelease(image: Uint8Array): string | undefined {
  for (let at = image.indexOf(BANNER[0] ?? 0); at >= 0; at = image.indexOf(BANNER[0] ?? 0, at + 1)) {
    if (!BANNER.every((byte, index) => image[at + index] === byte)) continue;
    const text = image.subarray(at + BANNER.length, at + BANNER.length + RELEASE_MAX + 1);
    const end = text.indexOf(SPACE);
    const release = String.fromCharCode(...text.subarray(0, Math.max(end, 0)));
    // The text of the format that messages are made with stands there, too.
    if (/^\d+\.\d+[\w.+~-]*$/.test(release)) return release;
  }
  return undefined;
}
