import { compute } from './compute.ts';
import type { RunRequest } from './protocol.ts';

addEventListener('message', ({ data }: MessageEvent<RunRequest>) => {
  void compute(data, (message) => postMessage(message));
});
