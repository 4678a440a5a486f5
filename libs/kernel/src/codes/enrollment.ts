import { codes } from './entry.js';

export const enrollmentCodes = codes({});
