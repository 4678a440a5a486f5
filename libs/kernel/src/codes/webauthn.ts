import { codes } from './entry.js';

export const webauthnCodes = codes({});
