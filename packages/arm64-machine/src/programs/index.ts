export { COPY_TURN, emitCopy } from './copy.ts';
export { emitSha256, emitSha256Crypto, initialState } from './sha256.ts';
