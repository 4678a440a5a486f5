export const LOG_READER = Symbol('log reader');
export const MANIFEST_BOOK = Symbol('manifest book');
export const QUARANTINE = Symbol('quarantine');
export const TENANTS = Symbol('tenants');
