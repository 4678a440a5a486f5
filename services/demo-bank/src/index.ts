export type { DemoBank, DemoBankOptions, ServerKey } from './options.js';
export { startDemoBank } from './start-demo-bank.js';
