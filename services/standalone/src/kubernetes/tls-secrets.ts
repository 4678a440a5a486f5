import { X509Certificate, createPrivateKey } from 'node:crypto';
import { issueAuthority, issueService, type IssuedPem } from '@countersign/keys-file';
import { KubernetesRefused, type KubernetesApi } from './api.js';
import { MANAGED_BY, labelsOf, type Release } from './release.js';
import { keptSecret, replaceSecret, type SecretText } from './secret.js';

const AUTHORITY_DAYS = 3_650;
const LEAF_DAYS = 365;
/** Below this part of its life left, a certificate is made anew. */
const RENEW_AT = 1 / 3;

export type Outcome = 'made' | 'renewed' | 'kept';

/** The authority of a release. Who reads this Secret can be any service: it is for evaluation. @throws KubernetesRefused */
export async function releaseAuthority(
  api: KubernetesApi,
  release: Release,
): Promise<{ authority: IssuedPem; outcome: Outcome }> {
  const name = `${release.fullname}-authority`;
  const { data, made } = await keptSecret(api, name, async () => {
    const { certificate, key } = await issueAuthority(AUTHORITY_DAYS * 24);
    return tlsSecret(release, 'authority', name, { 'tls.crt': certificate, 'tls.key': key });
  });
  const authority = { certificate: data['tls.crt'] ?? '', key: data['tls.key'] ?? '' };
  if (!isPair(authority)) throw new KubernetesRefused(`Secret ${name} holds no authority: a certificate and its key`);
  return { authority, outcome: made ? 'made' : 'kept' };
}

/** Certificate and key of one component; made anew when it ends soon, unless somebody else put it there. */
export async function keepCertificate(
  api: KubernetesApi,
  release: Release,
  authority: IssuedPem,
  component: string,
): Promise<Outcome> {
  const name = `${release.fullname}-${component}-tls`;
  const issue = async (): Promise<SecretText> => {
    const dnsNames = [...namesOf(`${release.fullname}-${component}`, api.namespace), 'localhost'];
    const subject = { service: component, dnsNames, ipAddresses: ['127.0.0.1'], hours: LEAF_DAYS * 24 };
    const { certificate, key } = await issueService(authority, subject);
    const data = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate };
    return tlsSecret(release, component, name, data);
  };
  const kept = await keptSecret(api, name, issue);
  if (kept.made) return 'made';
  if (kept.labels[MANAGED_BY] !== 'countersign' || !isDue(kept.data['tls.crt'] ?? '', authority)) return 'kept';
  await replaceSecret(api, await issue());
  return 'renewed';
}

/** As pods of the namespace call a Service, and as others do. */
const namesOf = (service: string, namespace: string): string[] =>
  ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((suffix) => service + suffix);

const tlsSecret = (release: Release, component: string, name: string, data: SecretText['data']): SecretText => ({
  name,
  labels: labelsOf(release, component),
  type: 'kubernetes.io/tls',
  data,
});

function isPair({ certificate, key }: IssuedPem): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** Ends soon, cannot be read, or comes from an authority that is there no more. */
function isDue(pem: string, authority: IssuedPem): boolean {
  const certificate = read(pem);
  if (!certificate) return true;
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const left = (until - Date.now()) / (until - from);
  return left < RENEW_AT || !certificate.verify(new X509Certificate(authority.certificate).publicKey);
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
