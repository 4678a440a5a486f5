export { actionHash, type Action } from './action-hash.js';
export { canonicalJson } from './canonical-json.js';
export { Countersign } from './countersign.js';
export { CountersignProblem, type LocalCode, type ProblemDetails } from './problem.js';
export type { RegisterRequest } from './registration.js';
export type { SignInRequest } from './sign-in.js';
export { passkeySupport, type PasskeySupport } from './support.js';
export type { CountersignOptions } from './transport.js';
export type * from './types.js';
