import { codes } from './entry.js';

export const auditCodes = codes({});
