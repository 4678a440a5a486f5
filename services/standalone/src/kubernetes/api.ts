import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Secret or ConfigMap, as far as it is used here. Values of a Secret are base64. */
export interface KubernetesObject {
  metadata: { name: string; labels?: Record<string, string> };
  type?: string;
  data?: Record<string, string>;
}

export type Resource = 'secrets' | 'configmaps';

/** The API server as this pod's service account may use it, in its own namespace. */
export interface KubernetesApi {
  readonly namespace: string;
  /** @returns undefined when there is none */
  get(resource: Resource, name: string): Promise<KubernetesObject | undefined>;
  /** @returns false when there is one of that name already */
  create(resource: Resource, object: KubernetesObject): Promise<boolean>;
  /** Replaces the given members and leaves the others (RFC 7396). */
  patch(resource: Resource, name: string, change: object): Promise<void>;
}

/** The API server did not do what it was asked. The message says what, and why not; never a value of a Secret. */
export class KubernetesRefused extends Error {
  override readonly name = 'KubernetesRefused';
}

/** Where Kubernetes mounts what a pod needs to call its API. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An API server that restarts, or a network policy that has not reached the node of a new pod yet. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 1_000;
const REQUEST_LIMIT_MS = 10_000;
const KIND: Record<Resource, string> = { secrets: 'Secret', configmaps: 'ConfigMap' };

export interface InClusterOptions {
  env?: NodeJS.ProcessEnv;
  /** Folder with `token`, `ca.crt` and `namespace`. */
  serviceAccount?: string;
  /** How long to repeat what may succeed later, milliseconds. */
  patienceMs?: number;
}

/**
 * The API server of the cluster this process runs in. The token is read anew for each call: Kubernetes renews its file.
 * @throws KubernetesRefused outside a pod, or in one without a service account's token
 */
export function inCluster(options: InClusterOptions = {}): KubernetesApi {
  const { env = process.env, serviceAccount = SERVICE_ACCOUNT, patienceMs = PATIENCE_MS } = options;
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  if (!host || !port) throw new KubernetesRefused('this is no pod: KUBERNETES_SERVICE_HOST and _PORT are not set');
  const namespace = readMounted(serviceAccount, 'namespace');
  const call = (method: string, path: string, body?: object): Promise<Answer> =>
    send({
      host,
      port,
      ca: readMounted(serviceAccount, 'ca.crt'),
      token: readMounted(serviceAccount, 'token'),
      method,
      path: `/api/v1/namespaces/${namespace}/${path}`,
      body,
    });
  const patient = (what: string, accepted: readonly number[], work: () => Promise<Answer>): Promise<Answer> =>
    repeated(work, patienceMs, (answer) => {
      if (!accepted.includes(answer.status)) throw new KubernetesRefused(`Kubernetes: ${what}: ${reasonOf(answer)}`);
    });
  const named = (resource: Resource, name: string): string => `${KIND[resource]} ${namespace}/${name}`;
  return {
    namespace,
    get: async (resource, name) => {
      const { status, body } = await patient(`get ${named(resource, name)}`, [200, 404], () =>
        call('GET', `${resource}/${encodeURIComponent(name)}`),
      );
      return status === 404 ? undefined : (body as KubernetesObject);
    },
    create: async (resource, object) => {
      const { name } = object.metadata;
      const whole = { apiVersion: 'v1', kind: KIND[resource], ...object };
      const { status } = await patient(`create ${named(resource, name)}`, [200, 201, 202, 409], () =>
        call('POST', resource, whole),
      );
      return status !== 409;
    },
    patch: async (resource, name, change) => {
      const path = `${resource}/${encodeURIComponent(name)}`;
      await patient(`change ${named(resource, name)}`, [200], () => call('PATCH', path, change));
    },
  };
}

function readMounted(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KubernetesRefused(
      `this pod has no service account to call Kubernetes with: cannot read ${join(folder, name)} (${code})`,
    );
  }
}

interface Answer {
  status: number;
  body: unknown;
}

const PASSING = [429, 500, 502, 503, 504];

/** Repeats what found no server, or a busy one. @throws KubernetesRefused */
async function repeated(work: () => Promise<Answer>, ms: number, judge: (answer: Answer) => void): Promise<Answer> {
  for (const end = Date.now() + ms; ; await sleep(PAUSE_MS)) {
    const last = Date.now() + PAUSE_MS > end;
    const answer = await work().catch((error: unknown) => {
      if (error instanceof KubernetesRefused || last) throw unreached(error);
      return undefined;
    });
    if (!answer || (PASSING.includes(answer.status) && !last)) continue;
    judge(answer);
    return answer;
  }
}

function unreached(error: unknown): unknown {
  if (error instanceof KubernetesRefused) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new KubernetesRefused(`Kubernetes does not answer (${code ?? message})`);
}

/** What the API server says of a refusal (`Status`), which names objects and rights and no values. */
function reasonOf({ status, body }: Answer): string {
  const { message } = (body ?? {}) as { message?: string };
  return `${status}${message ? `, ${message}` : ''}`;
}

interface Call {
  host: string;
  port: string;
  ca: string;
  token: string;
  method: string;
  path: string;
  body: object | undefined;
}

/** `fetch` cannot be told which authority to trust without a library, so this is Node's own client. */
function send({ host, port, ca, token, method, path, body }: Call): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    ...(text && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const options = { host, port, path, method, ca, headers, agent: false, timeout: REQUEST_LIMIT_MS };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
