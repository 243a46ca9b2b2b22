/**
 * Kernels on lanes over time.
 *
 *     layRun({ decoder, setup, ... })   a run from the cost model: passes, kernels, tiles, tokens
 *     layPass(setup)                    one forward pass
 *     layRecording(recording)           kernels that a profiler saw; compareWithModel(recording)
 *     traceOfSession(session)           a decoded session, step by step
 *     layLive(run)                      a run on the visitor's device, kernel by kernel where it has timestamps
 *     parseTrace(text)                  a foreign trace; perfettoJson(runs) the way out
 *     indexLanes(timeline)              questions to it: what is at, between, in total
 */
export * from './acceptance.ts';
export * from './compare.ts';
export * from './decoders.ts';
export * from './import-trace.ts';
export * from './kernels.ts';
export * from './lanes.ts';
export * from './live.ts';
export * from './lookup.ts';
export * from './perfetto.ts';
export * from './recording.ts';
export * from './run.ts';
export * from './session.ts';
export * from './slices.ts';
