import { codes } from './entry.js';

export const sessionCodes = codes({});
