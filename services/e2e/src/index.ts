export * from './bank.js';
export * from './host-process.js';
export * from './protocol.js';
