import type { KubernetesApi, KubernetesObject } from './api.js';
import { KubernetesRefused } from './api.js';

/** A Secret with its values as text. */
export interface SecretText {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** `Opaque` unless told. */
  type?: string;
  data: Readonly<Record<string, string>>;
}

/** A Secret as it is now, and whether this call made it. */
export interface KeptSecret extends SecretText {
  made: boolean;
}

/**
 * The Secret of that name: what is there, or what `make` says. Of several that make it at once, one wins and all get its
 * values.
 */
export async function keptSecret(
  api: KubernetesApi,
  name: string,
  make: () => SecretText | Promise<SecretText>,
): Promise<KeptSecret> {
  const found = await api.get('secrets', name);
  if (found) return { ...textOf(found), made: false };
  const wanted = await make();
  if (await api.create('secrets', objectOf(wanted))) return { ...wanted, made: true };
  const other = await api.get('secrets', name);
  if (!other) throw new KubernetesRefused(`Kubernetes: Secret ${name} comes and goes`);
  return { ...textOf(other), made: false };
}

/** Replaces these values of a Secret. */
export const replaceSecret = (api: KubernetesApi, { name, data }: SecretText): Promise<void> =>
  api.patch('secrets', name, { data: encoded(data) });

const encoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

const objectOf = ({ name, labels, type, data }: SecretText): KubernetesObject => ({
  metadata: { name, labels: { ...labels } },
  type: type ?? 'Opaque',
  data: encoded(data),
});

const textOf = ({ metadata, type, data = {} }: KubernetesObject): SecretText => ({
  name: metadata.name,
  labels: metadata.labels ?? {},
  ...(type && { type }),
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  ),
});
