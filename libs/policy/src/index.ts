export * from './policy.js';
export * from './risk-policy.js';
export * from './snapshot.js';
