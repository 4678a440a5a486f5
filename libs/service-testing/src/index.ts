export * from './control-plane.js';
export * from './replica-network.js';
export * from './test-installation.js';
