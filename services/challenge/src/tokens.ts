export const SEALER = Symbol('sealer');
export const SPENT_STORE = Symbol('spent store');
export const REFUSALS = Symbol('refusals');
