// From one release to the next: what an upgrade may change, and in which order it does.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHARTS, render } from '../lib/helm.mjs';
import { annotation, componentOf, hooksOf, ofKind, podsOf, title } from '../lib/manifests.mjs';
import { DIGEST, NEXT_DIGEST, TENANTS, VARIANTS, merged, withDigest } from '../lib/variants.mjs';

const NEXT_VERSION = '0.2.0-next';
/** Paths that an API server refuses to change, by kind. */
const FIXED = {
  Deployment: [['spec', 'selector']],
  StatefulSet: [
    ['spec', 'selector'],
    ['spec', 'serviceName'],
    ['spec', 'volumeClaimTemplates'],
    ['spec', 'podManagementPolicy'],
  ],
  Service: [
    ['spec', 'clusterIP'],
    ['spec', 'type'],
  ],
  PersistentVolumeClaim: [['spec']],
  RoleBinding: [['roleRef']],
  Job: [['spec']],
};

const folders = [];
/** A copy of both charts, with a file changed in those that are named. @returns its folder */
function changed(file, change, names = ['countersign']) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-next-'));
  folders.push(folder);
  cpSync(CHARTS, folder, { recursive: true, verbatimSymlinks: true });
  for (const path of names.map((name) => join(folder, name, file))) {
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(path, after);
  }
  return folder;
}

let charts;
/** Another version of the charts for the same application. */
let chartsAlone;
/** The next release: another version of the charts with another image. The version of a dependency is indented. */
beforeAll(() => {
  const raised = (lines) => (text) => text.replace(lines, `$1: ${NEXT_VERSION}`);
  const names = ['countersign', 'countersign-tenant'];
  charts = changed('Chart.yaml', raised(/^( *version|appVersion): .*$/gm), names);
  chartsAlone = changed('Chart.yaml', raised(/^( *version): .*$/gm), names);
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const RELEASES = { ...VARIANTS, ...TENANTS };
const from = (folder, rendering) => ({ ...rendering, chart: join(folder, rendering.chart ?? 'countersign') });
const next = (name, folder = charts) =>
  render({ ...from(folder, withDigest(RELEASES[name], NEXT_DIGEST)), upgrade: true });
const at = (object, path) => path.reduce((one, key) => one?.[key], object);
const inRelease = (manifests) => manifests.filter((manifest) => hooksOf(manifest).length === 0);
const byTitle = (manifests) => Object.fromEntries(manifests.map((manifest) => [title(manifest), manifest]));

const INSTALLED = ['evaluation', 'evaluation under another name', 'standard', 'standard on operators', 'regulated'];
const DEDICATED = Object.keys(TENANTS).filter((name) => TENANTS[name].values.dedicated);

/** What an API server would refuse of an upgrade. */
function refused(earlier, later) {
  const before = byTitle(inRelease(earlier));
  return inRelease(later).flatMap((manifest) =>
    (FIXED[manifest.kind] ?? [])
      .filter(() => before[title(manifest)])
      .filter((path) => JSON.stringify(at(before[title(manifest)], path)) !== JSON.stringify(at(manifest, path)))
      .map((path) => `${title(manifest)} ${path.join('.')}`),
  );
}

describe.each([...INSTALLED, ...Object.keys(TENANTS)])('%s', (name) => {
  const now = () => render(RELEASES[name]);

  test('CARD-8.helm · the next release changes nothing that an API server holds fast', async () => {
    expect(refused(await now(), await next(name))).toEqual([]);
  });

  test('CARD-8.helm · what holds data stays', async () => {
    const later = byTitle(inRelease(await next(name)));
    const holding = ofKind(await now(), 'StatefulSet', 'PersistentVolumeClaim', 'Cluster', 'Kafka');
    expect(holding.map(title).filter((one) => !later[one])).toEqual([]);
  });

  test('CARD-8.helm · another version of the chart alone restarts no pod', async () => {
    const later = byTitle(await render({ ...from(chartsAlone, RELEASES[name]), upgrade: true }));
    for (const workload of ofKind(await now(), 'Deployment', 'StatefulSet'))
      expect(later[title(workload)].spec).toEqual(workload.spec);
  });

  test('CARD-8.helm · the next release changes images and versions, and nothing else', async () => {
    const upgrade = await render({ ...RELEASES[name], upgrade: true });
    expect(neutral(await next(name))).toEqual(neutral(upgrade));
    const of = (manifests, digest) => imagesOf(manifests).filter((image) => image.endsWith(digest)).length;
    expect(of(await next(name), NEXT_DIGEST)).toBe(of(upgrade, DIGEST));
    expect(of(upgrade, DIGEST)).toBeGreaterThan(0);
  });

  test('R25 CARD-8.helm · of the hooks a Job that fails is left for its log, and nothing that gives it rights', async () => {
    for (const [when, manifests] of Object.entries({ install: await now(), upgrade: await next(name) })) {
      for (const hooks of ['pre', 'post'].map((order) => hooksAt(manifests, `${order}-${when}`)))
        for (const job of ofKind(hooks, 'Job')) expect(leftOf(hooks, job)).toEqual([title(job)]);
      const lasting = ofKind(inRelease(manifests), 'Role').flatMap(({ rules }) => rules);
      expect(lasting.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
    }
  });
});

describe.each([...INSTALLED, ...DEDICATED])('%s', (name) => {
  test('CARD-8.helm · migrations run before the release changes, and a failure leaves it as it was', async () => {
    const manifests = await next(name);
    const install = ofKind(manifests, 'Job').find(({ metadata }) => metadata.name.endsWith('-install'));
    expect(hooksOf(install)).toContain('pre-upgrade');
    expect(annotation(install, 'helm.sh/hook-delete-policy')).toContain('before-hook-creation');
    expect(install.spec.activeDeadlineSeconds).toBeGreaterThan(0);
    expect(install.spec.template.spec.restartPolicy).toBe('Never');
    expect(podsOf([install])[0].containers.at(-1).image.endsWith(NEXT_DIGEST)).toBe(true);
  });

  test('CARD-8.helm · hooks run in the order in which they need one another', async () => {
    const hooks = (await next(name)).filter((one) => hooksOf(one).includes('pre-upgrade'));
    const weight = (one) => Number(annotation(one, 'helm.sh/hook-weight') ?? 0);
    const jobs = ofKind(hooks, 'Job');
    const least = Math.min(...jobs.map(weight));
    for (const one of hooks.filter(({ kind }) => kind !== 'Job'))
      expect(weight(one)).toBeLessThan(Math.max(...jobs.map(weight)));
    for (const one of ofKind(hooks, 'ServiceAccount', 'Role', 'RoleBinding')) expect(weight(one)).toBeLessThan(least);
  });
});

const hooksAt = (manifests, event) => manifests.filter((one) => hooksOf(one).includes(event));

/** What Helm 4 leaves of hooks when one fails: itself, unless it says otherwise, and those before it that say nothing of success. */
const leftOf = (hooks, failed) => {
  const weight = (one) => Number(annotation(one, 'helm.sh/hook-weight') ?? 0);
  const goes = (one) =>
    annotation(one, 'helm.sh/hook-delete-policy').includes(one === failed ? 'hook-failed' : 'hook-succeeded');
  return hooks.filter((one) => weight(one) <= weight(failed) && !goes(one)).map(title);
};

test('CARD-8.helm · one service may stay with the version before while the others go on', async () => {
  const { values, ...rendering } = withDigest(VARIANTS.regulated, NEXT_DIGEST);
  const held = merged(values, { services: { tenant: { image: { digest: DIGEST } } } });
  const deployments = ofKind(await render({ ...rendering, values: held, upgrade: true }), 'Deployment');
  for (const deployment of deployments) {
    const digest = componentOf(deployment) === 'tenant' ? DIGEST : NEXT_DIGEST;
    for (const image of imagesOf([deployment])) expect(image).toMatch(digest);
  }
  expect(deployments.length).toBeGreaterThan(1);
});

describe('an upgrade is caught', () => {
  test('CARD-8.helm · whose selectors hold the version', async () => {
    const wrong = changed('templates/_names.tpl', (text) =>
      text.replace(
        'app.kubernetes.io/instance: {{ .root.Release.Name }}\n',
        (line) => `${line}chart: {{ .root.Chart.Version }}\n`,
      ),
    );
    expect(refused(await render(VARIANTS.standard), await next('standard', wrong))).toContain(
      'Deployment countersign-session spec.selector',
    );
  });

  test('CARD-8.helm · that enlarges the volume of a StatefulSet', async () => {
    const wrong = changed('values.yaml', (text) => text.replaceAll('storage: {size: 2Gi', 'storage: {size: 4Gi'));
    expect(refused(await render(VARIANTS.evaluation), await next('evaluation', wrong))).toContain(
      'StatefulSet countersign-postgres spec.volumeClaimTemplates',
    );
  });

  test('R25 CARD-8.helm · whose hooks keep a role after their Job failed', async () => {
    const wrong = changed('templates/_names.tpl', (text) => text.replace('creation,hook-succeeded', 'creation'));
    const hooks = hooksAt(await next('evaluation', wrong), 'pre-upgrade');
    const [job] = ofKind(hooks, 'Job').filter((one) => componentOf(one) === 'secrets');
    expect(leftOf(hooks, job)).toContain('Role countersign-secrets');
  });

  test('CARD-8.helm · that runs the same Job again as part of the release', async () => {
    const wrong = changed('templates/_names.tpl', (text) =>
      text.replace(/(define "countersign.installHook" -}}\n)[^]*?({{- end }}\n\n)/, '$1$2'),
    );
    const [earlier, later] = [await render(from(wrong, VARIANTS.standard)), await next('standard', wrong)];
    expect(refused(earlier, later)).toContain('Job countersign-install spec');
  });
});

const imagesOf = (manifests) => podsOf(manifests).flatMap(({ containers }) => containers.map(({ image }) => image));

/** Without what is the release's own: digests, versions, and what follows from them. */
const neutral = (manifests) =>
  JSON.parse(
    JSON.stringify(manifests)
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:digest')
      .replaceAll(NEXT_VERSION, 'version')
      .replaceAll(new RegExp(`(?<=")(?:countersign-)?${VERSION.replaceAll('.', '\\.')}(?=")`, 'g'), (found) =>
        found.replace(VERSION, 'version'),
      ),
  );
const VERSION = /^version: (.*)$/m.exec(readFileSync(join(CHARTS, 'countersign/Chart.yaml'), 'utf8'))[1];
