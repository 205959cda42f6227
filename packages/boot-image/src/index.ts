export { BootImageError, type BootImageErrorCode, type BootImageErrorDetails } from './error.ts';
export {
  encodeImageHeader,
  IMAGE_HEADER_SIZE,
  type ImageFlags,
  type ImageHeader,
  type ImageHeaderFields,
  isImage,
  parseImageHeader,
} from './header.ts';
export { promisedSize } from './pe.ts';
export { type BootImageFormat, type Recognised, recognise } from './recognise.ts';
export { kernelRelease } from './release.ts';
export { type Unpacked, type UnpackOptions, unpack } from './unpack.ts';
