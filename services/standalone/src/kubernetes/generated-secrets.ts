import { SERVICES, type ServiceName } from '@countersign/contracts';
import { rolesOf } from '@countersign/database';
import { newMasterKey } from '@countersign/keys-file';
import { randomSecret } from '@countersign/kernel';
import type { KubernetesApi } from './api.js';
import { KubernetesRefused } from './api.js';
import { labelsOf, type Release } from './release.js';
import { keptSecret, type KeptSecret } from './secret.js';
import { keepCertificate, releaseAuthority, type Outcome } from './tls-secrets.js';

const DATABASE = 'countersign';
const PASSWORD_BYTES = 24;
/** Who has a certificate besides the services. */
const OTHERS = ['cli', 'postgres', 'kafka'];

/** What became of each Secret, by name. */
export type Outcomes = Record<string, Outcome>;

/**
 * The Secrets that a release of the profile `evaluation` lives on: certificates, database URLs with passwords, the master
 * key, users of Kafka. What is there stays, but for certificates of ours that end soon.
 *
 * @throws KubernetesRefused
 */
export async function makeSecrets(api: KubernetesApi, release: Release): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const keep = async (component: string, suffix: string, data: () => Record<string, string>): Promise<KeptSecret> => {
    const name = `${release.fullname}-${suffix}`;
    const kept = await keptSecret(api, name, () => ({ name, labels: labelsOf(release, component), data: data() }));
    outcomes[name] = kept.made ? 'made' : 'kept';
    return kept;
  };
  const { authority, outcome } = await releaseAuthority(api, release);
  outcomes[`${release.fullname}-authority`] = outcome;
  for (const component of [...SERVICES, ...OTHERS])
    outcomes[`${release.fullname}-${component}-tls`] = await keepCertificate(api, release, authority, component);
  await keep('tenant', 'master-key', () => ({ key: newMasterKey() }));
  await keep('postgres', 'database-admin', () => adminOf(release));
  for (const service of SERVICES) await keep(service, `${service}-database`, () => urlsOf(release, service));
  const users = await keep('kafka', 'kafka-users', kafkaUsers);
  for (const service of SERVICES)
    await keep(service, `${service}-kafka`, () => ({ password: passwordIn(users, kafkaUserOf(service)) }));
  return outcomes;
}

/** The authority of the server's certificate is mounted beside each certificate, where the reader of the URL is `reader`. */
const urlOf = ({ fullname }: Release, user: string, password: string, reader: string): string =>
  `postgresql://${user}:${password}@${fullname}-postgres:5432/${DATABASE}` +
  `?sslmode=verify-full&sslrootcert=/etc/countersign/${reader}/tls/ca.crt`;

/** Read by the install Job, which has the certificates of services mounted. */
function adminOf(release: Release): Record<string, string> {
  const password = randomSecret(PASSWORD_BYTES);
  return { password, url: urlOf(release, 'postgres', password, 'tenant') };
}

function urlsOf(release: Release, service: ServiceName): Record<string, string> {
  const { app, relay } = rolesOf(service);
  const url = (role: string): string => urlOf(release, role, randomSecret(PASSWORD_BYTES), service);
  return { url: url(app), 'relay-url': url(relay) };
}

const kafkaUserOf = (service: ServiceName): string => `countersign-${service}`;

const kafkaUsers = (): Record<string, string> =>
  Object.fromEntries(['admin', ...SERVICES.map(kafkaUserOf)].map((user) => [user, randomSecret(PASSWORD_BYTES)]));

function passwordIn({ name, data }: KeptSecret, user: string): string {
  const password = data[user];
  if (password === undefined) throw new KubernetesRefused(`Secret ${name} has no key ${user}`);
  return password;
}
