export { type EventCounts, linuxCounts } from './counts.ts';
export { CostFitError, type CostFitErrorCode, type CostFitErrorDetails } from './error.ts';
export { fitProfile, type PriceFit, type TimedRun, type TimedRunError } from './fit.ts';
export { type MeasurementName, measurements, type PhaseSeconds, type PublishedMeasurement } from './measurements.ts';
export { type EventPrices, price } from './prices.ts';
export {
  type CostProfile,
  type FitError,
  type FittedMachine,
  fitErrors,
  fittedMachines,
  initramfs120,
  type PriceProfile,
  type PublishedRelocation,
  publishedInitramfs120,
  publishedStingray,
  publishedThunderX2,
  stingray,
  thunderX2,
} from './profiles.ts';
