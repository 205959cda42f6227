import { type Accessor, createSignal } from 'solid-js';

const [round, setRound] = createSignal(0);

/** Grows whenever somebody wants what did not load to be tried again. */
export const tries: Accessor<number> = round;

/** Tries again what did not load. */
export const tryAgain = (): void => void setRound((before) => before + 1);
