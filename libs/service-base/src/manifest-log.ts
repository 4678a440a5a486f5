import { audit } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { ManifestLog } from '@countersign/outbox';
import { ownCall, type ServiceRuntime } from '@countersign/platform';

/** Longer than audit needs; shorter than a service is given to stop. */
const WITHIN_MS = 8_000;

/** Audit as a source asks it about its own events. @throws (from its methods) `unavailable`, `deadline_exceeded` while audit is away */
export function manifestLog(runtime: Pick<ServiceRuntime, 'client'>): ManifestLog {
  const client = runtime.client(audit.AuditServiceService);
  const call = (): ReturnType<typeof ownCall> => ownCall(uuidv7(), WITHIN_MS);
  return {
    compare: async ({ from, until, events, digest }) => {
      const said = { fromMs: BigInt(from.getTime()), untilMs: BigInt(until.getTime()), events };
      const { held, ...found } = await client.compareManifest({ ...said, digest: Buffer.from(digest) }, call());
      return { ...found, events: held };
    },
    missing: async (ids) => (await client.missingEvents({ ids: [...ids] }, call())).ids,
  };
}
