/** Steps of replacing a tenant's key, in their order; `move` is repeated until all data keys are under the new one. */
export const REWRAP_STEPS = ['begin', 'promote', 'move', 'finish'] as const;
export type RewrapStep = (typeof REWRAP_STEPS)[number];

export const isRewrapStep = (step: string): step is RewrapStep => REWRAP_STEPS.some((known) => known === step);

/**
 * Seconds between two looks at the stored keys. Between announcing and promoting, and between promoting and moving, wait
 * longer: then every process holds the new key before something is under it.
 */
export const KEYS_REFRESH_SECONDS = 5;
