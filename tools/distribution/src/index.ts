export { type Architecture, architectures, namesOf } from './architecture.ts';
export { type Bundle, bundle } from './bundle.ts';
export { type Contents, type Licences, makeDebianPackage, type Shell } from './debian.ts';
export { DistributionError, type DistributionErrorCode, type DistributionErrorDetails } from './error.ts';
export { type Ingredients, makeExecutable } from './executable.ts';
export { layout } from './layout.ts';
export {
  makeAll,
  makeManual,
  makePackage,
  makeProgram,
  makeRoot,
  makeScript,
  makeTarball,
  type Nodes,
} from './make.ts';
export { nodesIn, rootFilesIn } from './nodes.ts';
