import { compute } from './compute.ts';
import type { LabRequest } from './protocol.ts';

addEventListener('message', ({ data }: MessageEvent<LabRequest>) => {
  void compute(data, (message) => postMessage(message));
});
