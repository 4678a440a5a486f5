import type { KeyStore, RotationSchedule } from '@countersign/keys';
import type { ServiceRuntime } from '@countersign/platform';
import type { ServiceBase } from '@countersign/service-base';
import { z } from 'zod';
import { DisabledKeys } from './application/disabled-keys.js';
import { KeyRenewal } from './application/key-renewal.js';
import { delegatedKeys, directKeys, type TokenKeys } from './application/token-keys.js';
import { CALLER_KEY, isTokenKeyOf } from './domain/key-names.js';
import { ROTATION, rotateKeys, rotationWith } from './key-rotation.js';
import { PgDisabledKeys } from './store/pg-disabled-keys.js';
import { PgIssuerShelf } from './store/pg-issuer-shelf.js';

const DISABLED_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 1_000;
const ROTATE_EVERY_MS = 60_000;
const SECOND = 1_000;

/** How this service signs its tokens. */
export const signingSettings = {
  tokenSigning: z
    .enum(['direct', 'delegated'])
    .default('direct')
    .describe(
      'direct: the key store signs each token; delegated: it certifies keys that sign in the memory of this service',
    ),
  tokenIssuerLife: z.coerce
    .number()
    .int()
    .min(60)
    .max(6 * 3_600)
    .default(3_600)
    .describe(
      'tokenSigning delegated: seconds that such a key signs; sign-ins go on without the key store for half of it at least',
    ),
};

type SigningSettings = z.output<z.ZodObject<typeof signingSettings>>;

/** Opens the keys of tokens, and does in the background what their life asks for. */
export async function openTokenKeys(
  { settings, metrics, log }: Pick<ServiceRuntime<SigningSettings>, 'settings' | 'metrics' | 'log'>,
  { database, snapshots, every }: Pick<ServiceBase, 'database' | 'snapshots' | 'every'>,
  store: KeyStore,
): Promise<{ keys: TokenKeys; disabled: DisabledKeys }> {
  const shelf = new PgIssuerShelf(database, isTokenKeyOf(snapshots));
  const disabled = new DisabledKeys(store, shelf, new PgDisabledKeys(database));
  await every(DISABLED_EVERY_MS, () => disabled.look());
  await store.create(CALLER_KEY, 'sign');
  // What the store does to one key that nobody believes any more keeps no replica from starting.
  const notTold = (error: unknown): void => log.error('session.key_store_not_told', { error });
  await every(ROTATE_EVERY_MS, () => disabled.tellStore().catch(notTold));
  // Nor does a step of one key's life that the store denies: the key it has goes on.
  const rotate = (schedule: RotationSchedule): Promise<void> =>
    rotateKeys(store, schedule).catch((error: unknown) => log.error('session.rotation_failed', { error }));
  const parts = { store, shelf, disabled };
  if (settings.tokenSigning === 'direct') {
    await every(ROTATE_EVERY_MS, () => rotate(ROTATION));
    return { keys: directKeys(parts), disabled };
  }
  const life = settings.tokenIssuerLife * SECOND;
  await every(ROTATE_EVERY_MS, () => rotate(rotationWith(life)));
  const keys = delegatedKeys(parts, life);
  await keys.issuers.current(CALLER_KEY);
  const renewal = new KeyRenewal(keys.issuers, metrics, log);
  await every(RENEW_EVERY_MS, () => renewal.work());
  return { keys, disabled };
}
