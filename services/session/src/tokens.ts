export const KEYS = Symbol('keys');
