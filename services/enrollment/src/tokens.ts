export const SUBJECTS = Symbol('subjects');
export const TICKETS = Symbol('tickets');
export const WITH_TICKET = Symbol('enroll with ticket');
export const WITH_GRANT = Symbol('enroll with grant');
export const DEVICES = Symbol('devices');
export const WHOSE_KEYS = Symbol('whose keys');
export const DETAILS = Symbol('details');
export const PARTS = Symbol('parts');
