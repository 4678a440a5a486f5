import { setImmediate } from 'node:timers/promises';
import { isUuid, refuse } from '@countersign/kernel';
import { checkApplicationsKnown, comparedScopes, readPolicy, type ComparedScope } from '@countersign/policy';
import { previewPolicy, type Loss, type Preview } from '../domain/policy-preview.js';
import type { Parts } from '../parts.js';
import { previewModels, type ModelPreview } from './model-preview.js';
import type { DevicePosition, ListedDevice } from '../store/policy-devices.js';

const MOST_DEVICES = 500;
/** Places times kinds of devices; a second's work or so. */
const MOST_JUDGEMENTS = 500_000;

/** The path as a policy's own problems name theirs. */
const TOO_BROAD = { errors: [{ path: 'actions', message: 'too many actions and applications to be judged at once' }] };

/** A policy that is not in force yet, and which page of devices is wanted. */
export interface PreviewRequest {
  /** JSON. */
  document: string;
  /** Empty: from the beginning. */
  cursor: string;
  /** Devices a page, at most 500. */
  limit: number;
}

/** A device and what it would lose. */
export interface AffectedDevice extends ListedDevice {
  losses: Loss[];
}

export interface PolicyPreview extends Preview, ModelPreview {
  /** Version in force, with which the policy was compared. */
  basedOn: number;
  page: AffectedDevice[];
  /** Empty: that was all. */
  nextCursor: string;
}

/** Tells, before a policy comes into force, which enrolled devices it would leave behind. It writes nothing. */
export class PolicyPreviews {
  constructor(
    private readonly parts: Pick<
      Parts,
      'snapshots' | 'policyDevices' | 'judgements' | 'models' | 'trusts' | 'anchorSets'
    >,
  ) {}

  /** @throws `policy_invalid`, `cursor_invalid`, `not_found` for an unknown tenant */
  async of(tenant: string, { document, cursor, limit }: PreviewRequest): Promise<PolicyPreview> {
    const { policy, policyVersion, applications } = this.parts.snapshots.byTenant(tenant);
    const after = positionIn(cursor);
    const wanted = readPolicy(document);
    const clientIds = applications.map(({ clientId }) => clientId);
    checkApplicationsKnown(wanted, clientIds);
    const people = applications.filter(({ type }) => type !== 'server').map(({ clientId }) => clientId);
    const scopes = comparedScopes(policy, wanted, people);
    const aaguids = modelsIn(scopes);
    const kinds = await this.parts.policyDevices.kinds(tenant, aaguids);
    if (scopes.length * kinds.length > MOST_JUDGEMENTS) throw refuse('policy_invalid', TOO_BROAD);
    const preview = await previewPolicy(scopes, kinds, setImmediate);
    const page = await this.page(tenant, aaguids, preview, { after, limit: Math.min(limit, MOST_DEVICES) });
    const models = await previewModels(this.parts, tenant, { before: policy, after: wanted });
    return { ...preview, ...models, basedOn: policyVersion, ...page };
  }

  private async page(
    tenant: string,
    aaguids: string[],
    { losses }: Preview,
    { limit, after }: { limit: number; after: DevicePosition | undefined },
  ): Promise<Pick<PolicyPreview, 'page' | 'nextCursor'>> {
    if (limit === 0 || losses.size === 0) return { page: [], nextCursor: '' };
    const sought = { aaguids, kinds: [...losses.keys()], limit: limit + 1, after };
    const found = await this.parts.policyDevices.page(tenant, sought);
    const page = found.slice(0, limit).map((device) => ({ ...device, losses: losses.get(device.kind) ?? [] }));
    return { page, nextCursor: found.length > limit ? cursorAt(page.at(-1)!) : '' };
  }
}

/** Models that any of these policies names; all others need not be told apart. */
const modelsIn = (scopes: readonly ComparedScope[]): string[] => [
  ...new Set(scopes.flatMap(({ before, after }) => [before, after].flatMap(({ aaguids }) => listed(aaguids)))),
];

const listed = (models: 'any' | readonly string[]): readonly string[] => (models === 'any' ? [] : models);

const cursorAt = ({ subject, id }: DevicePosition): string => `${subject}.${id}`;

function positionIn(cursor: string): DevicePosition | undefined {
  if (cursor === '') return undefined;
  const [subject = '', id = '', ...more] = cursor.split('.');
  if (!isUuid(subject) || !isUuid(id) || more.length > 0) throw refuse('cursor_invalid');
  return { subject, id };
}
