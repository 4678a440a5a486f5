import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { RELEASE, helmTest, installEvaluation, rollback, running, upgradeEvaluation } from './harness/charts.js';
import { commandJob } from './harness/command-job.js';
import { belongingsOf, contentsOf } from './harness/contents.js';
import { figure, timed } from './harness/figures.js';
import { image, nameOf, type Variant } from './harness/images.js';
import { startLoad, summaryOf } from './harness/load.js';
import { newNamespace } from './harness/namespaces.js';
import { helm, kubectl, type Ended } from './harness/programs.js';

jest.setTimeout(900_000);

/** What the documentation says `helm uninstall` leaves. */
const LEFT = [
  ...SERVICES.flatMap((service) => ['database', 'kafka', 'tls'].map((kind) => `secret/${RELEASE}-${service}-${kind}`)),
  ...['cli-tls', 'postgres-tls', 'kafka-tls', 'authority', 'master-key', 'database-admin', 'kafka-users'].map(
    (name) => `secret/${RELEASE}-${name}`,
  ),
  `configmap/${RELEASE}-snapshot-keys`,
  ...['challenge', 'sealing', 'session', 'tenant'].map((store) => `persistentvolumeclaim/${RELEASE}-${store}-keys`),
  ...['kafka', 'postgres'].map((backend) => `persistentvolumeclaim/data-${RELEASE}-${backend}-0`),
  `pod/${RELEASE}-test`,
].sort();

interface Held {
  tenants: unknown[];
  keys: string[];
  belongings: Record<string, unknown>;
}

/** What an evaluation holds: tenants of its database, keys of its volumes, its Secrets. */
async function heldBy(namespace: string): Promise<Held> {
  const asked = async <T>(...args: string[]): Promise<T> => {
    const log = await commandJob(namespace, ...args, '--json');
    return JSON.parse(log.slice(log.indexOf('{'))) as T;
  };
  const { tenants } = await asked<{ tenants: unknown[] }>('tenant', 'list');
  const { keys } = await asked<{ keys: { store: string; id: string; version: number }[] }>('key', 'list');
  const names = keys.map(({ store, id, version }) => `${store} ${id} ${version}`);
  return { tenants, keys: names.sort(), belongings: await belongingsOf(namespace) };
}

describe('an evaluation that is kept', () => {
  let namespace: string;
  let clusters: string[];
  let held: Held;

  beforeAll(async () => {
    namespace = await newNamespace('evaluation-upgrade');
    clusters = await contentsOf(namespace);
    await installEvaluation(namespace);
    await journeyPasses();
    held = await heldBy(namespace);
  });

  afterAll(() => kubectl('delete', 'namespace', namespace));

  const journeyPasses = async (): Promise<void> => {
    const { code, stdout, stderr } = await helmTest(namespace);
    if (code !== 0) throw new Error(`the journey does not pass: ${stdout}${stderr}`);
  };

  test('CARD-8.helm · a command runs in the Job of the chart, as the documentation tells it, and is gone afterwards', async () => {
    const log = await commandJob(namespace, 'key', 'list');
    expect(log).toMatch(/^ *STORE +ID +VERSION +USE +STATE +CREATED$/m);
    for (const store of ['challenge', 'sealing', 'session', 'tenant'])
      expect(log).toMatch(new RegExp(`^ *${store} +file:\\S+ +1 +(sign|wrap) +active`, 'm'));
    expect(JSON.stringify(held.tenants)).toContain('countersign-check');
    const names = (await contentsOf(namespace)).filter((name) => name.includes('command'));
    expect(names.filter((name) => !name.startsWith('pod/'))).toEqual([]);
  });

  test('CARD-5.helm · upgraded to another image and rolled back, the journey passes and people of before go on', async () => {
    const load = await startLoad(namespace, { people: 1, pauseMs: 1_000 });
    held = await heldBy(namespace);
    await afterwards('evaluation, helm upgrade --wait', 'next', () => upgradeEvaluation(namespace, 'next'));
    await afterwards('evaluation, helm rollback --wait', 'now', () => rollback(namespace));
    const told = await load.stop();
    figure('evaluation, upgrade and rollback', summaryOf(told));
    expect(told.failures).toEqual([]);
  });

  /** Another image runs, the journey passes, and nothing is missing. */
  const afterwards = async (name: string, variant: Variant, work: () => Promise<Ended>): Promise<void> => {
    const { seconds, result } = await timed(work);
    figure(name, seconds);
    expect(result).toMatchObject({ code: 0 });
    expect(await running(namespace)).toEqual([nameOf(image(variant))]);
    await journeyPasses();
    expect(await heldBy(namespace)).toEqual(held);
  };

  test('CARD-5.helm · uninstalled, it leaves what the documentation says and nothing else, with which it is installed again', async () => {
    // The load's, of which the release knows nothing.
    await kubectl('delete', 'pod/load', 'configmap/load', '--namespace', namespace, '--ignore-not-found');
    await helm('uninstall', RELEASE, '--namespace', namespace, '--wait');
    // What Kubernetes itself collects goes some seconds later.
    const left = async (): Promise<string[]> =>
      (await contentsOf(namespace)).filter((name) => !clusters.includes(name));
    for (const end = Date.now() + 60_000; (await left()).length > LEFT.length && Date.now() < end;) await sleep(1_000);
    expect(await left()).toEqual(LEFT);
    expect(await belongingsOf(namespace)).toEqual(held.belongings);
    await installEvaluation(namespace);
    expect(await heldBy(namespace)).toEqual(held);
    await journeyPasses();
  });
});
