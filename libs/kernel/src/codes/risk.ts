import { codes } from './entry.js';

export const riskCodes = codes({});
