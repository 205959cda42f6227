/** A line as the kernel prints it; `WARN` with an empty text stands for a warning with a backtrace. */
export type LogLine = [level: 'err' | 'warn' | 'notice' | 'info' | 'debug' | 'WARN', text: string];
