import { namesOfAnchors } from '../attestation/path.js';
import { anchorsFor } from '../attestation/trust.js';
import type { AttestationPolicy, TrustPath } from '../types.js';

/** Whether an anchor still vouches for statements of a format. */
export type Vouching = (path: Pick<TrustPath, 'format' | 'anchor'>) => boolean;

/** Which of the anchors that trust was based on may still vouch; each format's are read once. */
export function vouchingBy(trust: Pick<AttestationPolicy, 'anchors' | 'anchorsByFormat' | 'modelAnchors'>): Vouching {
  const known = new Map<string, ReadonlySet<string>>();
  return ({ format, anchor }) => {
    const names = known.get(format) ?? new Set(namesOfAnchors(anchorsFor(trust, format)));
    known.set(format, names);
    return names.has(anchor);
  };
}
