export { type EventCounts, linuxCounts, type PageLayout, type RunCounts } from './counts.ts';
export { CostError, type CostErrorCode, type CostErrorDetails } from './error.ts';
export { type Estimate, estimate, type NoEstimate, pricesOf } from './estimate.ts';
export type { FitFinding, FitFindingCode } from './finding.ts';
export {
  type FitOptions,
  fitPrices,
  type Price,
  type PriceBasis,
  type PriceFit,
  type Scatter,
  type TimedRunError,
} from './fit.ts';
export { type MeasurementName, measurements, type PhaseSeconds, type PublishedMeasurement } from './measurements.ts';
export type { PriceName } from './price-name.ts';
export {
  type PriceRow,
  type Prices,
  price,
  priceNames,
  pricesUsed,
  priceTable,
  type RowGroup,
} from './prices.ts';
export {
  checkProfile,
  formatProfile,
  type MachineProfile,
  type ProfileName,
  parseProfile,
  profileOf,
} from './profile.ts';
export {
  assumedPrices,
  type FitError,
  type FittedMachine,
  fitErrors,
  fittedMachines,
  initramfs120,
  type PublishedRelocation,
  publishedInitramfs120,
  publishedStingray,
  publishedThunderX2,
  stingray,
  thunderX2,
} from './profiles.ts';
export { formatRun, type MissingPrice, missingPrices, type ProtocolStep, parseRun, protocol } from './protocol.ts';
export type { TimeBound, TimedRun } from './timed-run.ts';
