/**
 * From one step to a service: serviceOf(setup, decoding) is one replica, simulate(service, load, ...)
 * runs it, fleetFor(...) counts the replicas that keep a promise.
 */
export * from './service.ts';
export * from './simulate.ts';
