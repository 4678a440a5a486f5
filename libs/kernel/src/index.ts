export * from './bytes.js';
export * from './check.js';
export * from './clock.js';
export * from './codes/index.js';
export * from './errors.js';
export * from './ids.js';
export * from './json.js';
export * from './platform-tenant.js';
