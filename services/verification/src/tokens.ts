export const PORTS = Symbol('ports of the domain');
export const METRICS = Symbol('metrics');
