import type { KubernetesApi } from './api.js';
import { MANAGED_BY } from './release.js';

/** Puts these files into a ConfigMap, which is made where there is none. What else it holds stays. */
export async function publishConfigMap(
  api: KubernetesApi,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await api.get('configmaps', name);
  if (found && Object.entries(data).every(([key, value]) => found.data?.[key] === value)) return;
  if (!found && (await api.create('configmaps', { metadata: { name, labels: LABELS }, data }))) return;
  await api.patch('configmaps', name, { data });
}

const LABELS = { 'app.kubernetes.io/part-of': 'countersign', [MANAGED_BY]: 'countersign' };
