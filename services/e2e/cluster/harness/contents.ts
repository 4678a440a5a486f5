import { kubectl, read } from './programs.js';

/** Names of all there is in a namespace, as `secret/countersign-authority`, sorted. Events are what happened, not what is there. */
export async function contentsOf(namespace: string): Promise<string[]> {
  const listed = await kubectl('api-resources', '--namespaced', '--verbs=list', '--output=name');
  const kinds = listed.split('\n').filter((kind) => kind && !kind.startsWith('events'));
  const names = await kubectl('get', kinds.join(), '--namespace', namespace, '--output=name');
  return names.split('\n').filter(Boolean).sort();
}

interface Listed {
  items: { metadata: { name: string; uid: string }; data?: Record<string, string> }[];
}

/** What an installation cannot do without: its volumes, and its Secrets with what is in them. */
export async function belongingsOf(namespace: string): Promise<Record<string, unknown>> {
  const label = ['--namespace', namespace, '--selector=app.kubernetes.io/managed-by=countersign'];
  const secrets = await read<Listed>('secrets', ...label);
  const claims = await read<Listed>('persistentvolumeclaims', '--namespace', namespace);
  return Object.fromEntries([
    ...secrets.items.map(({ metadata, data }) => [metadata.name, data]),
    ...claims.items.map(({ metadata }) => [metadata.name, metadata.uid]),
  ]) as Record<string, unknown>;
}
