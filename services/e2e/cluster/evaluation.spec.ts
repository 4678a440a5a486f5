import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { helmTest, installEvaluation } from './harness/charts.js';
import { figure, memoryOf, timed } from './harness/figures.js';
import { newNamespace } from './harness/namespaces.js';
import { kubectl, read } from './harness/programs.js';

jest.setTimeout(600_000);

interface Pods {
  items: { metadata: { name: string }; status: { phase: string; containerStatuses: { restartCount: number }[] } }[];
}

describe('the profile for evaluation', () => {
  let namespace: string;
  let seconds: string;

  beforeAll(async () => {
    namespace = await newNamespace('evaluation');
    ({ seconds } = await timed(() => installEvaluation(namespace)));
  });

  // What follows has the machine to itself.
  afterAll(() => kubectl('delete', 'namespace', namespace));

  test('CARD-5.helm · one command installs it into a restricted namespace, and every pod runs at the first attempt', async () => {
    const { items } = await read<Pods>('pods', '--namespace', namespace);
    const running = items.filter(({ status }) => status.phase === 'Running');
    expect(running).toHaveLength(10);
    for (const { status } of running) expect(status.containerStatuses.map((each) => each.restartCount)).toEqual([0]);
    const megabytes = Object.values(await memoryOf(namespace));
    figure('evaluation, helm install --wait', seconds);
    figure('evaluation, memory of all pods', `${megabytes.reduce((sum, each) => sum + each, 0)} MB`);
  });

  test('CARD-8.helm · helm test passes the journey through the gateway', async () => {
    const { result, seconds: took } = await timed(() => helmTest(namespace));
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain('the journey passed');
    figure('evaluation, helm test', took);
  });

  test('CARD-8.helm · helm test fails where the journey does not pass', async () => {
    await kubectl('scale', 'deployment/countersign-verification', '--replicas=0', '--namespace', namespace);
    // A pod that stops answers for some seconds more.
    const pods = ['pod', '-l', 'app.kubernetes.io/component=verification', '--namespace', namespace];
    await kubectl('wait', '--for=delete', ...pods, '--timeout=60s');
    const { code } = await helmTest(namespace);
    expect(code).not.toBe(0);
  });
});
