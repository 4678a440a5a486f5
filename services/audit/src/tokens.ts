export const LOG_READER = Symbol('log reader');
export const TENANTS = Symbol('tenants');
