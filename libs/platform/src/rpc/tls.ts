import { serviceNameOf } from '@countersign/keys';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
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
  parsed('tlsCaFile', files.caFile, 'a certificate', () => new X509Certificate(ca));
  if (!own.checkPrivateKey(privateKey))
    throw refused('tlsKeyFile', `${files.keyFile} is not the key of ${files.certFile}`);
  return { cert, key, ca };
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
export function callerOf(certificate: PeerCertificate | undefined): string {
  try {
    return certificate ? serviceNameOf(certificate.raw) : 'unknown';
  } catch {
    return 'unknown';
  }
}
