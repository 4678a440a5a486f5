export * from './consumer-position.js';
export * from './contract.js';
export * from './halted-partitions.js';
export * from './poison.js';
export * from './port.js';
export * from './sparing.js';
