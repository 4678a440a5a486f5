export * from './ledger.js';
export * from './options.js';
export { PartProcess } from './part-process.js';
export * from './pipe.js';
export * from './writers.js';
