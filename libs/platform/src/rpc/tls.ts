import type { ServiceName } from '@countersign/contracts';
import { serviceNameOf } from '@countersign/keys';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext, type PeerCertificate } from 'node:tls';
import { SettingsError, readSecretFile, readSettingFile, variableOf } from '../service/settings.js';

export interface TlsFiles {
  certFile: string;
  keyFile: string;
  caFile: string;
}

export interface TlsMaterial {
  cert: Buffer;
  key: Buffer;
  ca: Buffer;
}

/**
 * Reads what mutual TLS needs.
 * @throws SettingsError naming the setting whose file cannot be read, is not PEM of its kind, or does not fit the others
 */
export function readTls(files: TlsFiles): TlsMaterial {
  const cert = Buffer.from(readSettingFile('tlsCertFile', files.certFile));
  const key = Buffer.from(readSecretFile('tlsKeyFile', files.keyFile));
  const ca = Buffer.from(readSettingFile('tlsCaFile', files.caFile));
  const own = parsed('tlsCertFile', files.certFile, 'a certificate', () => new X509Certificate(cert));
  const privateKey = parsed('tlsKeyFile', files.keyFile, 'a private key', () => createPrivateKey(key));
  parsed('tlsCaFile', files.caFile, 'a certificate', () => checkAuthorities(ca));
  if (!own.checkPrivateKey(privateKey))
    throw refused('tlsKeyFile', `${files.keyFile} is not the key of ${files.certFile}`);
  parsed('tlsCertFile', files.certFile, 'a certificate that this OpenSSL takes,', () =>
    createSecureContext({ cert, key, ca }),
  );
  return { cert, key, ca };
}

/**
 * Whether this is a certificate of that service, and of today.
 * @throws SettingsError naming the setting
 */
export function checkOwner({ cert }: TlsMaterial, path: string, service: ServiceName): void {
  const own = new X509Certificate(cert);
  const name = callerOf(own);
  if (name !== service) throw refused('tlsCertFile', `${path} is a certificate of ${name}, not of ${service}`);
  const [from, to] = [own.validFromDate, own.validToDate];
  if (to.getTime() < Date.now()) throw refused('tlsCertFile', `${path} expired at ${to.toISOString()}`);
  if (from.getTime() > Date.now()) throw refused('tlsCertFile', `${path} is not valid before ${from.toISOString()}`);
}

/**
 * Whether this certificate, by those that stand behind it in its file, comes from one of the authorities: callers trust the
 * same ones, and would turn it away.
 * @throws SettingsError naming the setting
 */
export function checkOrigin({ cert, ca }: TlsMaterial, { certFile, caFile }: TlsFiles): void {
  const authorities = certificatesIn(ca);
  const chain = parsed('tlsCertFile', certFile, 'a certificate', () => certificatesIn(cert));
  let at: X509Certificate | undefined = new X509Certificate(cert);
  while (at && !issuerIn(authorities, at)) {
    const issuer = issuerIn(chain, at);
    if (issuer) chain.splice(chain.indexOf(issuer), 1);
    at = issuer;
  }
  if (!at) throw refused('tlsCertFile', `${certFile} comes from no authority in ${caFile}`);
}

const certificatesIn = (pem: Buffer): X509Certificate[] =>
  (pem.toString().match(CERTIFICATE) ?? []).map((each) => new X509Certificate(each));

const issuerIn = (known: readonly X509Certificate[], of: X509Certificate): X509Certificate | undefined =>
  known.find((each) => of.checkIssued(each) && of.verify(each.publicKey));

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\s*$[^-]+^-----END CERTIFICATE-----\s*$/gm;

/**
 * Refuses a file of which OpenSSL would pass over a part without a word: while authorities change, both the old and the
 * new one are there, and a new one that is not read locks everybody out later.
 */
function checkAuthorities(pem: Buffer): void {
  const text = pem.toString();
  const whole = text.match(CERTIFICATE) ?? [];
  if (whole.length === 0 || whole.length < text.split('-----BEGIN').length - 1)
    throw new TypeError('not all are whole');
  for (const each of whole) new X509Certificate(each);
}

function parsed<T>(setting: string, path: string, kind: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw refused(setting, `${path} is not ${kind} in PEM`);
  }
}

const refused = (setting: string, problem: string): SettingsError =>
  new SettingsError([`${variableOf(setting)}: ${problem}`]);

/** The service a verified peer certificate names; `unknown` is in no allow-list. */
export function callerOf(certificate: Pick<PeerCertificate, 'raw'> | undefined): string {
  try {
    return certificate ? serviceNameOf(certificate.raw) : 'unknown';
  } catch {
    return 'unknown';
  }
}
