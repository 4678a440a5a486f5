// The stack without a cluster: what the Compose Specification says of its file, and what the services say of their settings.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { SERVICES, TOPOLOGY } from '@countersign/contracts';
import { parsePeers, settingsFromEnv } from '@countersign/platform';
import { folderSource } from '../../../services/standalone/src/cli/folder-source.js';
import { cliSettings } from '../../../services/standalone/src/cli/network-source.js';
import { readSettings } from '../../../services/standalone/src/cli/read-settings.js';
import { INSTALLED } from '../../../services/standalone/src/services.js';

const FOLDER = join(import.meta.dirname, '../../compose');
const SETTINGS = join(FOLDER, 'settings');
const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8');
const compose = () => parse(text, { merge: true, maxAliasCount: -1 });
const settingsOf = (name) => parseEnv(readFileSync(join(SETTINGS, `${name}.env`), 'utf8'));
const { services, networks } = compose();
const ONCE = ['volumes', 'secrets', 'install', 'cli'];
const BACKENDS = ['postgres', 'kafka', 'kms', 'collector'];

const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../schemas/compose.json'), 'utf8'));
/** Ids of an older draft than the one it names, and formats of Compose's own, are not for this library. */
const withoutIds = (_, value) => (typeof value === 'string' ? value : withoutId(value));
const withoutId = (value) => {
  if (value && typeof value === 'object' && !Array.isArray(value) && typeof value.id === 'string') delete value.id;
  return value;
};
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, validateSchema: false });
const valid = ajv.compile({ ...JSON.parse(JSON.stringify(schema), withoutIds), $schema: undefined });
const problemsOf = (file) => {
  valid(file);
  return (valid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

/** `[volume, path]` of each mount. */
const mountsOf = ({ volumes = [] }) => volumes.map((mount) => mount.split(':'));

describe('compose.yaml', () => {
  test('CARD-8.helm · is as the Compose Specification has it', () => {
    expect(problemsOf(compose())).toEqual([]);
  });

  test('CARD-8.helm · would not be with an option that there is none of, or one of another type', () => {
    const wrong = compose();
    wrong.services.session.readonly = true;
    wrong.services.risk.cap_drop = 'ALL';
    const problems = problemsOf(wrong).join('\n');
    expect(problems).toMatch(/\/services\/session must NOT have additional properties/);
    expect(problems).toMatch(/\/services\/risk\/cap_drop must be array/);
  });

  test('CARD-8.helm · has a container for each service, what they need, and nothing else', () => {
    expect(Object.keys(services).sort()).toEqual([...SERVICES, ...ONCE, ...BACKENDS].sort());
    for (const service of SERVICES)
      expect(services[service]).toMatchObject({ command: [service], env_file: [`settings/${service}.env`] });
  });

  test.each(Object.keys(services))(
    'CARD-8.helm · %s can write nowhere but where it is meant to, and gain no rights',
    (name) => {
      const { user, cap_add: added, ...container } = services[name];
      expect(container).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      // A new volume belongs to root: one container without a network hands them over.
      const expected = name === 'volumes' ? { user: '0:0', added: ['CHOWN'] } : { user: '10001:10001' };
      expect({ user, ...(added && { added }) }).toEqual(expected);
      for (const key of ['privileged', 'pid', 'ipc', 'devices', 'userns_mode']) expect(container[key]).toBeUndefined();
    },
  );

  test('CARD-8.helm · only the gateway is published, on this machine alone, and nothing else gets off it', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([
      ['gateway', ['127.0.0.1:${COUNTERSIGN_PORT:-8400}:8080']],
    ]);
    expect(networks.backend).toEqual({ internal: true });
    for (const [name, { networks: own = {}, network_mode: mode }] of Object.entries(services)) {
      expect([undefined, 'none']).toContain(mode);
      expect(Object.keys(own)).toEqual(mode ? [] : name === 'gateway' ? ['backend', 'edge'] : ['backend']);
    }
  });

  test('CARD-8.helm · every image is another one where a variable says so', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/^\$\{COUNTERSIGN_[A-Z_]+:-[a-z/:.0-9-]+\}$/);
  });

  test('CARD-8.helm · no secret is in it: each is a file, and a container has its own', () => {
    for (const { environment = {} } of Object.values(services))
      for (const name of Object.keys(environment)) expect(name).not.toMatch(/PASSWORD|SECRET|TOKEN|KEY/);
    expect(text).not.toMatch(/:\/\/[^/\s]*:[^/\s]*@/);
    for (const service of SERVICES)
      expect(mountsOf(services[service])).toEqual([
        [service, `/etc/countersign/${service}`, 'ro'],
        ['snapshot-keys', '/etc/countersign/snapshot-keys', 'ro'],
      ]);
  });

  test('CARD-8.helm · services start once the installation is ready, and say when they are', () => {
    for (const service of SERVICES) {
      expect(services[service].depends_on).toEqual({ install: { condition: 'service_completed_successfully' } });
      expect(services[service].healthcheck.test.join(' ')).toContain('http://127.0.0.1:7001/readyz');
    }
    expect(Object.keys(services.install.depends_on).sort()).toEqual(['kafka', 'kms', 'postgres', 'secrets']);
  });
});

describe('its settings', () => {
  test.each([...SERVICES])('CARD-8.helm · %s knows every setting it is given, and is given all it needs', (service) => {
    expect(() => settingsFromEnv(INSTALLED[service].service.settings, settingsOf(service))).not.toThrow();
  });

  test('CARD-8.helm · those of who installs and of the command line are whole', () => {
    expect(folderSource(SETTINGS).admin().problems).toEqual([]);
    expect(readSettings(SETTINGS, 'cli', cliSettings).problems).toEqual([]);
  });

  test('CARD-8.helm · each caller is told where those are whom it may call, and nobody else', () => {
    for (const from of [...SERVICES, 'cli']) {
      const allowed = [...new Set(TOPOLOGY.filter((edge) => edge.from === from).map(({ to }) => to))].sort();
      const peers = parsePeers(settingsOf(from).COUNTERSIGN_PEERS);
      expect({ from, peers: Object.keys(peers).sort() }).toEqual({ from, peers: allowed });
      for (const [peer, addresses] of Object.entries(peers)) {
        expect(addresses).toEqual([`countersign-${peer}:7000`]);
        expect(services[peer].networks.backend.aliases).toEqual([`countersign-${peer}`]);
      }
    }
  });

  test('CARD-8.helm · every file they name is in a mount', () => {
    const readers = { ...Object.fromEntries([...SERVICES, 'cli'].map((name) => [name, name])), admin: 'install' };
    for (const [name, container] of Object.entries(readers)) {
      const mounts = mountsOf(services[container]).map(([, path]) => path);
      for (const secret of services[container].secrets ?? []) mounts.push(`/run/secrets/${secret}`);
      const files = Object.entries(settingsOf(name)).filter(([key]) => key.endsWith('_FILE'));
      const missing = files.filter(
        ([, path]) => !mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)),
      );
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
  });
});
