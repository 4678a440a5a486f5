import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../atomic-write.js';
import { readPrivateFile } from '../private-file.js';
import { HOUR_MS, issueAuthority, issueService, type IssuedPem } from './issue-certificate.js';

const AUTHORITY_DAYS = 30;
const LEAF_DAYS = 1;

/** What a certificate is good for. */
export interface IssueOptions {
  /** `['localhost']` unless told. */
  dnsNames?: readonly string[];
  /** `['127.0.0.1', '::1']` unless told. */
  ipAddresses?: readonly string[];
  /** Life in days, 1 unless told. */
  days?: number;
}

/** A service's certificate as PEM, and where it was written (0600). */
export interface ServiceCertificate extends IssuedPem {
  certificateFile: string;
  keyFile: string;
}

/** Signs service certificates for one machine. Who holds its directory can impersonate every service. */
export interface DevelopmentAuthority {
  /** PEM, what peers trust. */
  certificate: string;
  certificateFile: string;
  /**
   * Makes a P-256 key and a certificate for server and client side that names the service by
   * `spiffe://countersign/<service>`, and writes both to the authority's directory.
   */
  issue(service: string, options?: IssueOptions): Promise<ServiceCertificate>;
}

/**
 * The certificate authority of the development profile, in `directory` (made with 0700): `authority.pem`,
 * `authority.key`. One that is there and valid for two more days is used again, so that services started later trust
 * those already running.
 */
export async function createDevelopmentAuthority(directory: string): Promise<DevelopmentAuthority> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const certificateFile = join(directory, 'authority.pem');
  const own = kept(directory) ?? (await makeAuthority(directory));
  return {
    certificate: own.certificate,
    certificateFile,
    issue: async (service, options = {}) => {
      const { dnsNames = ['localhost'], ipAddresses = ['127.0.0.1', '::1'], days = LEAF_DAYS } = options;
      const issued = await issueService(own, { service, dnsNames, ipAddresses, hours: days * 24 });
      return { ...issued, ...write(directory, service, issued) };
    },
  };
}

async function makeAuthority(directory: string): Promise<IssuedPem> {
  const made = await issueAuthority(AUTHORITY_DAYS * 24);
  write(directory, 'authority', made);
  return made;
}

function write(directory: string, name: string, pem: IssuedPem): { certificateFile: string; keyFile: string } {
  const [certificateFile, keyFile] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  replaceFile(keyFile, pem.key);
  replaceFile(certificateFile, pem.certificate);
  return { certificateFile, keyFile };
}

/** The authority of an earlier start, unless it is about to expire or its two files do not belong together. */
function kept(directory: string): IssuedPem | undefined {
  const [certificateFile, keyFile] = [join(directory, 'authority.pem'), join(directory, 'authority.key')];
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return undefined;
  const certificate = readPrivateFile('development authority', certificateFile)!.text;
  const key = readPrivateFile('development authority', keyFile)!.text;
  return isUsable(new X509Certificate(certificate), createPrivateKey(key)) ? { certificate, key } : undefined;
}

const isUsable = (certificate: X509Certificate, key: KeyObject): boolean =>
  Date.parse(certificate.validTo) - Date.now() > 48 * HOUR_MS && certificate.checkPrivateKey(key);
