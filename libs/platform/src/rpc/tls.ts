import { serviceNameOf } from '@countersign/keys';
import { readFileSync } from 'node:fs';
import type { PeerCertificate } from 'node:tls';

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

export const readTls = (files: TlsFiles): TlsMaterial => ({
  cert: readFileSync(files.certFile),
  key: readFileSync(files.keyFile),
  ca: readFileSync(files.caFile),
});

/** The service a verified peer certificate names; `unknown` is in no allow-list. */
export function callerOf(certificate: PeerCertificate | undefined): string {
  try {
    return certificate ? serviceNameOf(certificate.raw) : 'unknown';
  } catch {
    return 'unknown';
  }
}
