import { codes } from './entry.js';

export const tenantCodes = codes({});
