import { codes } from './entry.js';

export const gatewayCodes = codes({});
