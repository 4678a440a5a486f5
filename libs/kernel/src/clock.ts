/** Time as a dependency, so that recorded ceremonies and expiry can be replayed. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export const unixSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);
