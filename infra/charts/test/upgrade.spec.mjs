// From one release to the next: what an upgrade may change, and in which order it does.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CHARTS, render } from '../lib/helm.mjs';
import { annotation, hooksOf, ofKind, podsOf, title } from '../lib/manifests.mjs';
import { NEXT_DIGEST, VARIANTS, withDigest } from '../lib/variants.mjs';

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

let folder;
/** The next release: another version of the chart with another image. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-next-'));
  cpSync(join(CHARTS, 'countersign'), folder, { recursive: true });
  const chart = join(folder, 'Chart.yaml');
  const text = readFileSync(chart, 'utf8').replace(/^(version|appVersion): .*$/gm, `$1: ${NEXT_VERSION}`);
  writeFileSync(chart, text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const next = (name) => render({ ...withDigest(VARIANTS[name], NEXT_DIGEST), chart: folder, upgrade: true });
const at = (object, path) => path.reduce((one, key) => one?.[key], object);
const inRelease = (manifests) => manifests.filter((manifest) => hooksOf(manifest).length === 0);
const byTitle = (manifests) => Object.fromEntries(manifests.map((manifest) => [title(manifest), manifest]));

const UPGRADED = ['evaluation', 'evaluation under another name', 'standard', 'standard on operators', 'regulated'];

describe.each(UPGRADED)('%s', (name) => {
  test('CARD-8.helm · the next release changes nothing that an API server holds fast', async () => {
    const before = byTitle(inRelease(await render(VARIANTS[name])));
    const changed = inRelease(await next(name)).flatMap((manifest) =>
      (FIXED[manifest.kind] ?? [])
        .filter(() => before[title(manifest)])
        .filter((path) => JSON.stringify(at(before[title(manifest)], path)) !== JSON.stringify(at(manifest, path)))
        .map((path) => `${title(manifest)} ${path.join('.')}`),
    );
    expect(changed).toEqual([]);
  });

  test('CARD-8.helm · the next release changes images and versions, and nothing else', async () => {
    const upgrade = await render({ ...VARIANTS[name], upgrade: true });
    expect(neutral(await next(name))).toEqual(neutral(upgrade));
    expect(imagesOf(await next(name)).filter((image) => image.endsWith(NEXT_DIGEST)).length).toBeGreaterThan(8);
  });

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
