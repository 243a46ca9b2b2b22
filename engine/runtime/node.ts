/** Whether this is Node, where files are read from disk and WebAssembly threads are always allowed. */
export const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
