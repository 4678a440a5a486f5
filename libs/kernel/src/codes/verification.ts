import { codes } from './entry.js';

export const verificationCodes = codes({});
