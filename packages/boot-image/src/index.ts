export type { OnProgress } from './compression/pace.ts';
export type { BootParts } from './containers/layer.ts';
export { promisedSize } from './containers/pe.ts';
export { BootImageError, type BootImageErrorCode, type BootImageErrorDetails } from './error.ts';
export { type Examined, type ExaminedKernel, examine } from './examine.ts';
export {
  encodeImageHeader,
  IMAGE_HEADER_SIZE,
  type ImageFlags,
  type ImageHeader,
  type ImageHeaderFields,
  isImage,
  parseImageHeader,
} from './image/header.ts';
export { kernelRelease } from './image/release.ts';
export type { BootImageFormat, Recognised } from './recognise/formats.ts';
export { type Initramfs, type InitramfsKind, recogniseInitramfs } from './recognise/initramfs.ts';
export { recognise } from './recognise/recognise.ts';
export { type Unpacked, type UnpackOptions, unpack } from './unpack.ts';
