import { Malformed } from '../malformed.js';
import { readElements, type DerElement } from './der-reader.js';

/** What an authorization list says, as far as it is judged. */
export interface AuthorizationList {
  /** Numbers of KeyMint's KeyPurpose. */
  purposes: readonly number[];
  /** Number of KeyMint's KeyOrigin, absent when the list does not say. */
  origin: number | undefined;
  allApplications: boolean;
}

/** Android's key description, versions 1 to 400 (source.android.com, "Key and ID attestation"). */
export interface KeyDescription {
  version: number;
  /** 0 software, 1 trusted environment, 2 StrongBox. */
  attestationLevel: number;
  keyMintLevel: number;
  challenge: Uint8Array;
  softwareEnforced: AuthorizationList;
  teeEnforced: AuthorizationList;
}

export const ANDROID_KEY_CLAUSE = 'WebAuthn L3 §8.4';
const [INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET] = [0x02, 0x04, 0x0a, 0x10, 0x11];
const [PURPOSE, ALL_APPLICATIONS, ORIGIN] = [1, 600, 702];

const malformed = (what: string): Malformed =>
  new Malformed('attestation_invalid', ANDROID_KEY_CLAUSE, { rule: `key description: ${what}` });

/** The content of a universal element of one type. */
function contentOf(element: DerElement | undefined, tag: number, what: string): Uint8Array {
  const isConstructed = tag === SEQUENCE || tag === SET;
  if (element?.kind !== 0 || element.tag !== tag || element.constructed !== isConstructed) throw malformed(what);
  return element.content;
}

/** A number of 0 to 32,767 in DER: all that is judged are versions and enumerations. */
function numberOf(element: DerElement | undefined, tag: number, what: string): number {
  const content = contentOf(element, tag, what);
  const [high, low] = [content[0], content[1]];
  if (high === undefined || high > 0x7f || content.length > 2) throw malformed(what);
  if (low === undefined) return high;
  if (high === 0 && low < 0x80) throw malformed(what);
  return high * 256 + low;
}

/** The single element inside an explicit tag. */
function insideOf(content: Uint8Array | undefined, what: string): DerElement | undefined {
  if (!content) return undefined;
  const elements = readElements(content);
  if (elements.length !== 1) throw malformed(what);
  return elements[0];
}

/** Entries by tag. Those nobody here knows are left alone: every Android release adds some. */
function entriesOf(list: Uint8Array): Map<number, Uint8Array> {
  const elements = readElements(list);
  if (!elements.every(({ kind, constructed }) => kind === 2 && constructed)) throw malformed('authorization list');
  const entries = new Map(elements.map(({ tag, content }) => [tag, content]));
  if (entries.size !== elements.length) throw malformed('an authorization appears twice');
  return entries;
}

function authorizationsOf(list: Uint8Array): AuthorizationList {
  const entries = entriesOf(list);
  const purposes = insideOf(entries.get(PURPOSE), 'purpose');
  const origin = insideOf(entries.get(ORIGIN), 'origin');
  return {
    purposes: purposes
      ? readElements(contentOf(purposes, SET, 'purpose')).map((item) => numberOf(item, INTEGER, 'purpose'))
      : [],
    origin: origin && numberOf(origin, INTEGER, 'origin'),
    allApplications: entries.has(ALL_APPLICATIONS),
  };
}

/**
 * Reads the extension 1.3.6.1.4.1.11129.2.1.17.
 * @throws Malformed `attestation_invalid` with the field that breaks the structure
 */
export function parseKeyDescription(value: Uint8Array): KeyDescription {
  const fields = readElements(contentOf(insideOf(value, 'bytes left over'), SEQUENCE, 'not a sequence'));
  if (fields.length !== 8) throw malformed('not eight fields');
  const [version, attestationLevel, , keyMintLevel, challenge, , software, tee] = fields;
  return {
    version: numberOf(version, INTEGER, 'version'),
    attestationLevel: numberOf(attestationLevel, ENUMERATED, 'attestation security level'),
    keyMintLevel: numberOf(keyMintLevel, ENUMERATED, 'KeyMint security level'),
    challenge: contentOf(challenge, OCTETS, 'challenge'),
    softwareEnforced: authorizationsOf(contentOf(software, SEQUENCE, 'software enforced')),
    teeEnforced: authorizationsOf(contentOf(tee, SEQUENCE, 'hardware enforced')),
  };
}
