export { actionHash, type Action } from './action-hash.js';
export { CountersignServer } from './countersign-server.js';
export type { ClientProof, CountersignServerOptions } from './options.js';
export { CountersignProblem, type ProblemDetails } from './problem.js';
export type * from './types.js';
