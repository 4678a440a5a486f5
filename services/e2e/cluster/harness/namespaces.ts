import { kubectl } from './programs.js';

const RESTRICTED = 'pod-security.kubernetes.io/enforce=restricted';
/** By this the runner finds what it has to remove. */
const OURS = 'countersign-test=true';

/** A namespace of the run, in which Pod Security `restricted` is enforced. */
export async function newNamespace(name: string): Promise<string> {
  const namespace = `countersign-test-${name}`;
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, RESTRICTED, OURS);
  return namespace;
}

/** Whether a spec file before this one made it. */
export const exists = (namespace: string): Promise<boolean> =>
  kubectl('get', 'namespace', `countersign-test-${namespace}`, '--ignore-not-found', '-o', 'name').then(Boolean);
