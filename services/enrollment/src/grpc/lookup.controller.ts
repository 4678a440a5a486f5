import { Controller, Inject } from '@nestjs/common';
import { common, enrollment } from '@countersign/contracts';
import { isUuid, refuse } from '@countersign/kernel';
import { Rpc, type Call } from '@countersign/platform';
import type { Devices } from '../flows/devices.js';
import type { OwnKey } from '../store/credential-finder.js';
import type { ChangedKey } from '../store/person-keys.js';
import { handleOf, type AllowedFor, type WhoseKey, type WhoseKeys } from '../flows/whose-key.js';
import type { Parts } from '../parts.js';
import { DEVICES, PARTS, WHOSE_KEYS } from '../tokens.js';
import { namelessView } from './view.js';

const NOTHING = Buffer.alloc(0);

/** What verification asks and tells. The tenant is the one verification names. */
@Controller()
export class LookupController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(WHOSE_KEYS) private readonly whoseKeys: WhoseKeys,
    @Inject(DEVICES) private readonly devices: Devices,
  ) {}

  @Rpc(enrollment.EnrollmentServiceService.getCredentials)
  async getCredentials({ tenant, by }: enrollment.GetCredentialsRequest): Promise<enrollment.GetCredentialsResponse> {
    if (by?.$case === 'credentialId') return holderView(await this.whoseKeys.byCredentialId(tenant, by.value));
    if (by?.$case === 'userName') return allowedView(await this.whoseKeys.allowedByName(tenant, by.value));
    if (by?.$case === 'subject') return ownKeysView(by.value, await this.whoseKeys.keysOf(tenant, by.value));
    throw refuse('request_invalid', {}, 'nothing to look for');
  }

  @Rpc(enrollment.EnrollmentServiceService.recordUse)
  async recordUse(request: enrollment.RecordUseRequest): Promise<enrollment.RecordUseResponse> {
    const { tenant, id, counter, backupState } = request;
    if (!isUuid(tenant) || !isUuid(id)) throw refuse('not_found');
    return { advanced: await this.parts.credentials.recordUse(tenant, id, counter, backupState) };
  }

  @Rpc(enrollment.EnrollmentServiceService.tenantKeys)
  async tenantKeys({ since }: enrollment.TenantKeysRequest): Promise<enrollment.TenantKeysResponse> {
    const changed = await this.parts.keys.changed(new Date(Number(since)));
    const keyOf = ({ tenant, wrapped, changed_at: at }: ChangedKey) => ({
      tenant,
      wrapped,
      changedAt: BigInt(at.getTime()),
    });
    return { keys: changed.map(keyOf) };
  }

  @Rpc(enrollment.EnrollmentServiceService.suspend)
  async suspend(request: enrollment.SuspendRequest, call: Call): Promise<enrollment.SuspendResponse> {
    const { tenant, id, reason, storedCounter, sentCounter } = request;
    if (reason !== 'counter_replayed' || !isUuid(tenant)) throw refuse('request_invalid', {}, 'reason or tenant');
    const facts = { storedCounter: String(storedCounter), sentCounter: String(sentCounter) };
    await this.devices.compromise(tenant, id, facts, call);
    return {};
  }
}

const holderView = ({ found, shown, forgettable }: WhoseKey): enrollment.GetCredentialsResponse => ({
  subject: found?.subject ?? '',
  pseudonym: found?.pseudonym ?? '',
  userHandle: handleOf(found),
  credentials: (found?.credentials ?? []).map(namelessView),
  allowed: [],
  wrappedDataKey: Buffer.from(found?.wrappedDataKey ?? NOTHING),
  wrappedTenantKey: Buffer.from(found?.wrappedTenantKey ?? NOTHING),
  forgettable,
  ...shown,
});

const allowedView = ({ subject, allowed }: AllowedFor): enrollment.GetCredentialsResponse => ({
  ...holderView({ found: undefined, shown: { userName: '', displayName: '' }, forgettable: false }),
  subject,
  allowed: allowed.map(({ id: credentialId, transports }) => ({ credentialId, transports })),
});

/** Of each key what policy can ask; the rest of the record stays here. */
const ownKeysView = (subject: string, keys: readonly OwnKey[]): enrollment.GetCredentialsResponse => ({
  ...allowedView({ subject: keys.length > 0 ? subject : '', allowed: keys.filter(({ state }) => state === 'active') }),
  credentials: keys.map(({ id: credentialId, ...key }) => common.Credential.fromPartial({ credentialId, ...key })),
});
