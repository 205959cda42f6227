import type { HostEntry } from '@kexeckit/rollout';

/** A program to run on a host. */
export interface RunRequest {
  /** The program and its arguments, each as it is: nothing in them is expanded. */
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: Uint8Array | undefined;
  /** Milliseconds until it is given up: ETIMEDOUT. */
  readonly limitMs: number;
  /** Bytes of standard output that are taken: one more is EMSGSIZE, and the program is left. */
  readonly maxBytes: number;
  /** Of more than that, the last bytes are taken: what a program tells people, such as a console. It is no error then. */
  readonly keepsEnd?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a program did. */
export interface RunResult {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: Uint8Array;
  /** Its last 4 KiB, without control characters. */
  readonly stderr: string;
}

/**
 * A way to hosts. `run` throws a FleetError: ECONNREFUSED and EHOSTUNREACH where nobody is there, EACCES where nobody is let in,
 * EKEYREJECTED where the host key is not the known one, EIO where the connection broke (whether the program has run is unknown then),
 * ETIMEDOUT, EMSGSIZE, ECANCELED.
 */
export interface Transport {
  readonly name: string;
  run(host: HostEntry, request: RunRequest): Promise<RunResult>;
  /** Closes what is open. */
  close(): Promise<void>;
}
