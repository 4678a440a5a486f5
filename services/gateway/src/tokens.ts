export const DIRECTORY = Symbol('directory of tenants');
export const LIMITS = Symbol('limits');
export const ORIGINS = Symbol('known origins');
export const REFUSALS = Symbol('record of refusals');
export const PUBLIC_URL = Symbol('public url');
export const READY = Symbol('ready');
