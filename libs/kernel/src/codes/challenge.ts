import { codes } from './entry.js';

export const challengeCodes = codes({});
