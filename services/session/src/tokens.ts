export const TOKEN_KEYS = Symbol('token keys');
