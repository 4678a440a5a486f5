export { authenticationChecks } from './authentication/checks/index.js';
export { verifyAuthentication } from './authentication/verify-authentication.js';
export { challengeOf } from './challenge-of.js';
export { DEFAULT_ALGORITHMS } from './crypto/algorithms.js';
export { modelOf, type ClaimedModel } from './model-of.js';
export * from './options.js';
export { registrationChecks } from './registration/checks/index.js';
export { verifyRegistration } from './registration/verify-registration.js';
export * from './types.js';
