export * from './control-plane.js';
export * from './test-installation.js';
