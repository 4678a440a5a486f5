export * from './data-dir.js';
export * from './control.js';
export * from './demo.js';
export * from './environment.js';
export * from './in-one-process.js';
export * from './installation.js';
export * from './journey/browser.js';
export * from './processes.js';
