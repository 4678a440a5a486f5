export * from './keys.js';
export * from './service-base.js';
export * from './snapshot-store.js';
export * from './erasing.js';
