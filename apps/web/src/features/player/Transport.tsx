import { For, type JSX } from 'solid-js';
import { count } from '../../shared/format.ts';
import type { PlayerFacts } from './facts.ts';
import { partAt, rateAt } from './model.ts';

/** What one press of a button goes by. */
export type StepUnit = 'instruction' | 'page';

interface TransportProps {
  readonly facts: PlayerFacts;
  readonly step: number;
  readonly isRunning: boolean;
  readonly unit: StepUnit;
  /** From 0 to 1. */
  readonly speed: number;
  readonly onRun: () => void;
  readonly onStep: (direction: 1 | -1) => void;
  readonly onGoTo: (step: number) => void;
  readonly onUnit: (unit: StepUnit) => void;
  readonly onSpeed: (speed: number) => void;
}

/** Buttons, speed, and the bar to go to any step. */
export function Transport(props: TransportProps): JSX.Element {
  return (
    <section class="transport" aria-label="Run and step">
      <Buttons {...props} />
      <Scrub facts={props.facts} step={props.step} onGoTo={props.onGoTo} />
    </section>
  );
}

function Buttons(props: TransportProps): JSX.Element {
  const isFirst = (): boolean => props.step === 0;
  const isLast = (): boolean => props.step >= props.facts.total;
  return (
    <div class="transport-buttons">
      <button type="button" onClick={() => props.onGoTo(0)} disabled={isFirst()}>
        Start
      </button>
      <button type="button" onClick={() => props.onStep(-1)} disabled={isFirst()}>
        Step back
      </button>
      <button type="button" class="run" onClick={() => props.onRun()} disabled={isLast() && !props.isRunning}>
        {props.isRunning ? 'Pause' : 'Run'}
      </button>
      <button type="button" onClick={() => props.onStep(1)} disabled={isLast()}>
        Step
      </button>
      <button type="button" onClick={() => props.onGoTo(props.facts.total)} disabled={isLast()}>
        End
      </button>
      <label>
        by
        <select
          value={props.unit}
          onChange={({ currentTarget }) => props.onUnit(currentTarget.value === 'page' ? 'page' : 'instruction')}
        >
          <option value="instruction">instruction</option>
          <option value="page" disabled={props.facts.pages.sources.length === 0}>
            page copied
          </option>
        </select>
      </label>
      <Speed speed={props.speed} onSpeed={props.onSpeed} />
    </div>
  );
}

function Speed(props: Pick<TransportProps, 'speed' | 'onSpeed'>): JSX.Element {
  return (
    <label class="speed">
      Speed
      <input
        type="range"
        min="0"
        max="1"
        step="any"
        value={props.speed}
        aria-valuetext={`${count(rateAt(props.speed))} instructions a second`}
        onInput={({ currentTarget }) => props.onSpeed(Number(currentTarget.value))}
      />
      <output>{count(rateAt(props.speed))} / s</output>
    </label>
  );
}

/** The bar over all steps, and the parts of the routine below it. */
function Scrub(props: Pick<TransportProps, 'facts' | 'step' | 'onGoTo'>): JSX.Element {
  const part = (): string => partAt(props.facts, props.step);
  return (
    <>
      <label class="scrub">
        <span class="visually-hidden">Instruction</span>
        <input
          type="range"
          min="0"
          max={props.facts.total}
          step="1"
          value={props.step}
          aria-valuetext={`${count(props.step)} of ${count(props.facts.total)}, ${part()}`}
          onInput={({ currentTarget }) => props.onGoTo(Number(currentTarget.value))}
        />
      </label>
      <div class="scrub-marks" aria-hidden="true">
        <For each={props.facts.marks}>
          {({ step }) => <span style={{ left: `${(100 * step) / Math.max(1, props.facts.total)}%` }} />}
        </For>
      </div>
      <ul class="parts">
        <For each={props.facts.marks}>
          {(mark) => (
            <li>
              <button
                type="button"
                class="plain"
                aria-current={part() === mark.part ? 'step' : undefined}
                onClick={() => props.onGoTo(mark.step)}
              >
                {mark.part} <span class="quiet">{count(mark.step)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </>
  );
}
