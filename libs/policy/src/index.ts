export * from './assurance-for.js';
export * from './metadata-policy.js';
export * from './known-applications.js';
export * from './policy.js';
export * from './policy-changes.js';
export * from './read-policy.js';
export * from './risk-policy.js';
export * from './snapshot.js';
