import type { Transaction } from '@countersign/database';
import { PLATFORM_SLUG, PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { SettingsError, variableOf } from '@countersign/platform';
import { readPolicy } from '@countersign/policy';
import { checkApplication } from '../domain/application.js';
import type { Changes, Edited } from '../store/changes.js';
import type { Directory } from '../store/directory.js';
import { changeOrigins, insertApplication, insertTenant } from '../store/tenant-rows.js';

/** Client id of the one application of the built-in tenant, where operators sign in. */
export const OPERATORS_CLIENT = 'countersign-operators';

export interface PlatformPlace {
  rpId: string;
  origins: string[];
}

/**
 * Makes sure that the built-in tenant exists and that its application has the origins of the settings. Replicas that
 * start together take turns; the second finds nothing to do.
 *
 * @throws SettingsError when the origins do not fit the RP id, or the RP id is not the one that operators enrolled for
 */
export async function ensurePlatformTenant(
  directory: Directory,
  changes: Changes,
  place: PlatformPlace,
): Promise<void> {
  const origins = checkedOrigins(place);
  await changes.make(PLATFORM_TENANT, (tx) => create(tx, place.rpId, origins));
  const { rpId } = await directory.bySlug(PLATFORM_SLUG);
  if (rpId !== place.rpId)
    throw new SettingsError([
      `${variableOf('platformRpId')}: operators have enrolled for ${rpId}; passkeys cannot move`,
    ]);
  await changes.make(PLATFORM_TENANT, async (tx) => {
    const changed = await changeOrigins(tx, PLATFORM_TENANT, OPERATORS_CLIENT, origins);
    const event = { type: 'application.changed', request: uuidv7(), client: OPERATORS_CLIENT } as const;
    return changed ? { result: undefined, event } : { result: undefined };
  });
}

async function create(tx: Transaction, rpId: string, origins: readonly string[]): Promise<Edited<void>> {
  const made = { slug: PLATFORM_SLUG, name: 'Countersign', rpId };
  if (!(await insertTenant(tx, PLATFORM_TENANT, made, readPolicy('{}')))) return { result: undefined };
  const application = { type: 'web', name: 'Operators', origins, scopes: [] } as const;
  await insertApplication(tx, PLATFORM_TENANT, OPERATORS_CLIENT, application);
  const facts = { slug: PLATFORM_SLUG, rpId };
  return { result: undefined, event: { type: 'tenant.created', request: uuidv7(), client: OPERATORS_CLIENT, facts } };
}

function checkedOrigins({ rpId, origins }: PlatformPlace): readonly string[] {
  const wanted = {
    type: 'web',
    name: 'Operators',
    origins,
    relatedOrigins: [],
    scopes: [],
    jwks: '',
    withSecret: false,
  };
  try {
    return checkApplication(wanted, rpId, []).origins;
  } catch (error) {
    const { details } = error as { details: { errors: { path: string; message: string }[] } };
    throw new SettingsError(details.errors.map(({ message }) => `${variableOf('platformOrigins')}: ${message}`));
  }
}
