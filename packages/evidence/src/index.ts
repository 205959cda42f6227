export { reportLog } from './timeline.ts';
