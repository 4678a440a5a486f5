export { Between } from './between.js';
export * from './drill.js';
export * from './ledger.js';
export { Namespaces } from './namespaces.js';
export * from './options.js';
export { PartProcess } from './part-process.js';
export * from './pipe.js';
export * from './writers.js';
