export const HISTORY = Symbol('history');
export const TENANTS = Symbol('tenants');
