/** Who runs everything in our images. */
const USER = 10_001;

/** What Pod Security `restricted` asks for. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** A file of a Secret or ConfigMap, or a folder that is gone with the pod, by where it is mounted. */
export type Mounts = Record<string, { secret: string } | { configMap: string } | { empty: true } | { claim: string }>;

/** The `volumes` and `volumeMounts` for these. */
export function mounted(mounts: Mounts): { volumes: object[]; volumeMounts: object[] } {
  const entries = Object.entries(mounts).map(([mountPath, source], at) => ({
    name: `volume-${at}`,
    mountPath,
    source,
  }));
  return {
    volumes: entries.map(({ name, source }) => ({ name, ...volumeOf(source) })),
    volumeMounts: entries.map(({ name, mountPath }) => ({ name, mountPath })),
  };
}

function volumeOf(source: Mounts[string]): object {
  if ('secret' in source) return { secret: { secretName: source.secret, defaultMode: 0o440 } };
  if ('configMap' in source) return { configMap: { name: source.configMap } };
  if ('claim' in source) return { persistentVolumeClaim: { claimName: source.claim } };
  return { emptyDir: {} };
}

export interface ContainerOptions {
  image: string;
  mounts?: Mounts;
  env?: Record<string, string>;
  command?: string[];
  args?: string[];
  port?: number;
  memory?: string;
}

/** The spec of a pod with one container, as `restricted` admits it. */
export function podSpec({ image, mounts = {}, env = {}, command, args, port, memory = '256Mi' }: ContainerOptions): {
  containers: object[];
} & Record<string, unknown> {
  const { volumes, volumeMounts } = mounted({ '/tmp': { empty: true }, ...mounts });
  const container = {
    name: 'main',
    image,
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    resources: { requests: { cpu: '10m', memory }, limits: { cpu: '2', memory } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts,
    ...(command && { command }),
    ...(args && { args }),
    ...(port && { ports: [{ containerPort: port }], readinessProbe: { tcpSocket: { port }, periodSeconds: 2 } }),
  };
  return { automountServiceAccountToken: false, securityContext: POD_SECURITY, containers: [container], volumes };
}
