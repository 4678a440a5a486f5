import { sign } from 'node:crypto';
import { bits, bool, explicit, integer, sequence, time, tlv } from '../authenticator/der.js';
import { extension, METADATA_ALGORITHMS, type MetadataIssuer } from './metadata-service.js';

/** What a revocation list of the test service says; the defaults are those of a current one that names nobody. */
export interface TestCrl {
  /** Serial numbers, most significant octet first. */
  revoked?: readonly Uint8Array[];
  thisUpdate?: Date;
  /** `null`: none is promised. */
  nextUpdate?: Date | null;
  /** DER, see `crlExtensions`. */
  extensions?: readonly Uint8Array[];
  /** Extensions of every entry. */
  entryExtensions?: readonly Uint8Array[];
  /** Whose name it bears; default: who signs. */
  issuer?: MetadataIssuer;
}

const flag = (number: number): Buffer => tlv(0x80 | number, Buffer.from([0xff]));
const issuingPoint = (...fields: Uint8Array[]): Buffer => extension('2.5.29.28', true, sequence(...fields));

/** Extensions of lists (RFC 5280 §5.2). */
export const crlExtensions = {
  number: extension('2.5.29.20', false, integer(Buffer.from([1]))),
  delta: extension('2.5.29.27', true, integer(Buffer.from([1]))),
  indirect: issuingPoint(flag(4)),
  usersOnly: issuingPoint(flag(1)),
  authoritiesOnly: issuingPoint(flag(2)),
  someReasons: issuingPoint(tlv(0x83, Buffer.from([6, 0x40]))),
  attributesOnly: issuingPoint(flag(5)),
  at: (url: string): Buffer => issuingPoint(explicit(0, explicit(0, tlv(0x86, Buffer.from(url))))),
  unknown: extension('1.2.3.4', true, bool(true)),
};

/** A signed revocation list, DER. */
export function signCrl(signer: MetadataIssuer, profile: TestCrl = {}): Uint8Array<ArrayBuffer> {
  const { revoked = [], extensions = [], entryExtensions = [], issuer = signer, nextUpdate } = profile;
  const from = profile.thisUpdate ?? new Date('2020-01-01');
  const more = entryExtensions.length > 0 ? [sequence(...entryExtensions)] : [];
  const entries = revoked.map((serial) => sequence(integer(serial), time(from), ...more));
  const algorithm = METADATA_ALGORITHMS[signer.kind];
  const tbs = sequence(
    integer(Buffer.from([1])),
    algorithm,
    issuer.name,
    time(from),
    ...(nextUpdate === null ? [] : [time(nextUpdate ?? new Date('2120-01-01'))]),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    ...(extensions.length > 0 ? [explicit(0, sequence(...extensions))] : []),
  );
  return new Uint8Array(sequence(tbs, algorithm, bits(sign('sha256', tbs, signer.privateKey))));
}
