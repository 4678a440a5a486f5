import { AsnConvert } from '@peculiar/asn1-schema';
import { ExtendedKeyUsage, SubjectAlternativeName, type Extension, type Name } from '@peculiar/asn1-x509';
import { aaguidAgrees } from './aaguid-extension.js';
import { OIDS, type PresentedCertificate } from './certificate.js';
import { rule } from './rules.js';
import { TEST_VENDORS, TPM_VENDORS } from './tpm-vendors.js';

const CLAUSE = 'WebAuthn L3 §8.3.1';
const [MANUFACTURER, MODEL, VERSION] = ['2.23.133.2.1', '2.23.133.2.2', '2.23.133.2.3'];
/** tcg-kp-AIKCertificate. */
const AIK_USAGE = '2.23.133.8.3';
const MANUFACTURER_FORM = /^id:([0-9a-f]{8})$/i;

/** Extensions that the rules here look at, and so may be critical. */
export const AIK_EXTENSIONS = [OIDS.subjectAlternativeName, OIDS.extendedKeyUsage];

/** An attestation identity key's certificate, and the model it has to fit. */
export interface Aik {
  leaf: PresentedCertificate;
  /** 16 bytes. */
  aaguid: Uint8Array;
  /** Whether ids that only tests use are no makers. */
  strict: boolean;
}

/** What a library makes of an extension, or nothing where it cannot be read. */
function readExtension<Value>(extension: Extension | undefined, type: new () => Value): Value | undefined {
  if (!extension) return undefined;
  try {
    return AsnConvert.parse(extension.extnValue, type);
  } catch {
    return undefined;
  }
}

/** The one directory name in the subject alternative name. */
function directoryName({ extensions }: PresentedCertificate): Name | undefined {
  const names = readExtension(extensions.get(OIDS.subjectAlternativeName), SubjectAlternativeName) ?? [];
  const directories = [...names].flatMap(({ directoryName: name }) => (name ? [name] : []));
  return directories.length === 1 ? directories[0] : undefined;
}

/**
 * An attribute that stands there exactly once. TCG's profile gives each a relative name of its own, and Intel's
 * certificates do; Nuvoton's put all three into one, and are known to order a SET otherwise than DER asks. Order carries
 * no meaning here, so neither is refused.
 */
function attribute(leaf: PresentedCertificate, type: string): string {
  const values = (directoryName(leaf) ?? []).flatMap((set) => [...set]).filter((part) => part.type === type);
  return values.length === 1 ? (values[0]?.value.toString() ?? '') : '';
}

function isKnownMaker({ leaf, strict }: Aik): boolean {
  const id = (MANUFACTURER_FORM.exec(attribute(leaf, MANUFACTURER))?.[1] ?? '').toUpperCase();
  return TPM_VENDORS.has(id) || (!strict && TEST_VENDORS.has(id));
}

const usages = (leaf: PresentedCertificate): readonly string[] =>
  readExtension(leaf.extensions.get(OIDS.extendedKeyUsage), ExtendedKeyUsage) ?? [];

/** What WebAuthn L3 §8.3.1 and TCG's EK Credential Profile §3.2.9 ask of the certificate of a TPM's attestation key. */
export const aikRules = [
  rule<Aik>(CLAUSE, 'version', ({ leaf }) => leaf.version === 3),
  rule<Aik>(CLAUSE, 'subject not empty', ({ leaf }) => leaf.subject.size === 0),
  // With an empty subject nothing else names the holder, so the name must not be passed over (RFC 5280 §4.1.2.6).
  rule<Aik>(CLAUSE, 'subject alternative name not critical', ({ leaf }) =>
    Boolean(leaf.extensions.get(OIDS.subjectAlternativeName)?.critical),
  ),
  rule<Aik>(CLAUSE, 'TPM manufacturer', isKnownMaker),
  rule<Aik>(CLAUSE, 'TPM model', ({ leaf }) => attribute(leaf, MODEL) !== ''),
  rule<Aik>(CLAUSE, 'TPM version', ({ leaf }) => attribute(leaf, VERSION) !== ''),
  rule<Aik>(CLAUSE, 'extended key usage', ({ leaf }) => usages(leaf).includes(AIK_USAGE)),
  rule<Aik>(CLAUSE, 'basic constraints', ({ leaf }) => leaf.constraints?.cA === false),
  rule<Aik>('WebAuthn L3 §8.3', 'aaguid extension', ({ leaf, aaguid }) => aaguidAgrees(leaf, aaguid)),
];
