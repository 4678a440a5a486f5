/** The built-in tenant: operators are its subjects, and what concerns no tenant (a refused call) is in its log. */
export const PLATFORM_TENANT = '00000000-0000-7000-8000-000000000001';
export const PLATFORM_SLUG = 'platform';
