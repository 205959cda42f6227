/** The module of the thread that plans one class. A bundle has itself in the place of this module. */
export const classThread = (): URL => new URL('./class-worker.js', import.meta.url);
