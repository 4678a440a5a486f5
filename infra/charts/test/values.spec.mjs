// Values: each is documented and has a schema, and those that make no sense are refused with a sentence that helps.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { CHARTS, lint, refusal } from '../lib/helm.mjs';
import { TENANTS, VARIANTS, merged } from '../lib/variants.mjs';

const CHART_NAMES = ['countersign', 'countersign-tenant'].filter((name) =>
  existsSync(join(CHARTS, name, 'Chart.yaml')),
);
const read = (chart, name) => readFileSync(join(CHARTS, chart, name), 'utf8');
const schemaOf = (chart) => JSON.parse(read(chart, 'values.schema.json'));
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema with what it refers to in its own document put in its place. */
function resolved(schema, root) {
  if (!schema?.$ref) return schema;
  return resolved(
    schema.$ref
      .slice(2)
      .split('/')
      .reduce((at, key) => at[key], root),
    root,
  );
}

/** Every map of values with its schema: `['keys.awsKms', {…}, {…}]`. */
function mapsOf(values, schema, root, path = []) {
  const own = resolved(schema, root);
  const below = Object.entries(values).filter(([, value]) => isMap(value));
  return [
    { path, values, schema: own },
    ...below.flatMap(([key, value]) =>
      own?.properties?.[key] ? mapsOf(value, own.properties[key], root, [...path, key]) : [],
    ),
  ];
}

/** What Helm itself puts into the values of a chart that is part of another. */
const HANDED_DOWN = 'global';

/** Maps whose keys are the bank's: labels, annotations, resources and the like. */
const isFree = ({ schema }) => !schema.properties;

describe.each(CHART_NAMES)('%s', (chart) => {
  const values = parse(read(chart, 'values.yaml'));
  const schema = schemaOf(chart);
  const maps = mapsOf(values, schema, schema);

  test('CARD-8.helm · every value is in the schema and every value of the schema is in values.yaml', () => {
    const told = maps.filter((map) => !isFree(map) && Object.keys(map.values).length > 0);
    for (const { path, values: own, schema: of } of told) {
      const known = Object.keys(of.properties).filter((key) => key !== HANDED_DOWN);
      expect({ path, keys: Object.keys(own).sort() }).toEqual({ path, keys: known.sort() });
    }
  });

  test('CARD-8.helm · a key nobody knows is refused, wherever it stands', () => {
    const open = maps.filter((map) => !isFree(map)).filter(({ schema: of }) => of.additionalProperties !== false);
    expect(open.map(({ path }) => path.join('.'))).toEqual([]);
    const validate = new Ajv({ strict: false, logger: false }).compile({ ...schema, $schema: undefined });
    const accepted = maps
      .filter((map) => !isFree(map))
      .filter(({ path }) =>
        validate(
          merged(
            values,
            path.reduceRight((one, key) => ({ [key]: one }), { nonsense: true }),
          ),
        ),
      );
    expect(accepted.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('CARD-8.helm · README.md is what the comments of values.yaml say', () => {
    expect(check('infra/charts/readme.mjs')).toEqual({ status: 0, stderr: '' });
  });
});

function check(script) {
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  return { status, stderr };
}

describe('helm lint', () => {
  test.each(['evaluation', 'standard', 'regulated'])('CARD-8.helm · has nothing to say about %s', async (name) => {
    const { files, values } = VARIANTS[name];
    expect(await lint({ chart: 'countersign', files, values })).toContain('0 chart(s) failed');
  });

  test.each(Object.keys(TENANTS))('CARD-5.helm · has nothing to say about a %s', async (name) => {
    expect(await lint({ chart: 'countersign-tenant', values: TENANTS[name].values })).toContain('0 chart(s) failed');
  });
});

describe('values that make no sense', () => {
  const REGULATED = 'regulated';
  const STANDARD = 'standard';
  const OPERATORS = 'standard on operators';
  const EVALUATION = 'evaluation';
  const cases = [
    ['keys in files, in production', REGULATED, { keys: { driver: 'file' } }, /keys.driver.*regulated.*aws-kms/],
    ['keys in files, with standard', STANDARD, { keys: { driver: 'file' } }, /keys.driver.*standard.*aws-kms/],
    ['the chart’s PostgreSQL', REGULATED, { database: { mode: 'evaluation' } }, /database.mode.*regulated.*external/],
    ['the chart’s Kafka', REGULATED, { kafka: { mode: 'evaluation' } }, /kafka.mode.*regulated.*external/],
    ['certificates the chart makes', REGULATED, { tls: { mode: 'generated' } }, /tls.mode.*regulated.*cert-manager/],
    ['a tag without a digest', REGULATED, { image: { tag: '1.2.3', digest: '' } }, /image.digest.*regulated/],
    [
      'a tag for one service',
      REGULATED,
      { services: { tenant: { image: { tag: '1.2.3' } } } },
      /services.tenant.image.tag/,
    ],
    [
      'an installer that may go anywhere',
      REGULATED,
      { networkPolicy: { kubernetesApi: { peers: [] } } },
      /networkPolicy.kubernetesApi.peers.*regulated/,
    ],
    ['a cluster that is open', REGULATED, { networkPolicy: { enabled: false } }, /networkPolicy.enabled.*regulated/],
    ['a digest that is none', STANDARD, { image: { digest: 'sha256:12' } }, /image.digest/],
    ['no replicas', STANDARD, { serviceDefaults: { replicas: 0 } }, /serviceDefaults.replicas/],
    ['no replicas of one service', STANDARD, { services: { audit: { replicas: 0 } } }, /services.audit.replicas/],
    [
      'more at least than at most',
      STANDARD,
      { serviceDefaults: { autoscaling: { minReplicas: 9 } } },
      /minReplicas 9 .*maxReplicas 6/,
    ],
    [
      'a number of pods where they are scaled',
      STANDARD,
      { services: { session: { replicas: 3 } } },
      /services.session.replicas.*autoscaling.minReplicas/,
    ],
    [
      'a renewal before the certificate is there',
      REGULATED,
      { tls: { certManager: { duration: '90m', renewBefore: '2h' } } },
      /tls.certManager.renewBefore: 2h/,
    ],
    [
      'certificates that two would make',
      EVALUATION,
      { tls: { mode: 'cert-manager' } },
      /tls.mode: cert-manager.*evaluation.*generated/,
    ],
    [
      'certificates by which the evaluation’s PostgreSQL is not believed',
      EVALUATION,
      { tls: { mode: 'secrets' } },
      /tls.mode: secrets.*database.mode: external/,
    ],
    ['Kafka without brokers', STANDARD, { kafka: { brokers: [] } }, /kafka.brokers is empty.*kafka.mode: none/],
    ['a broker without a port', STANDARD, { kafka: { brokers: ['broker'] } }, /kafka.brokers/],
    ['a partition count of 0', STANDARD, { kafka: { partitions: 0 } }, /kafka.partitions/],
    ['no address', STANDARD, { publicUrl: '' }, /publicUrl is missing/],
    ['an address with a slash', STANDARD, { publicUrl: 'https://login.bank.example/' }, /publicUrl/],
    ['an address with a path', STANDARD, { publicUrl: 'https://login.bank.example/auth' }, /publicUrl/],
    ['an address in capitals', STANDARD, { publicUrl: 'https://Login.bank.example' }, /publicUrl.*lower case/],
    ['an address without TLS', STANDARD, { publicUrl: 'http://login.bank.example' }, /publicUrl.*https/],
    ['a token without its module', STANDARD, { keys: { driver: 'pkcs11' } }, /keys.pkcs11.module/],
    ['KMS without a region', STANDARD, { keys: { awsKms: { region: '' } } }, /keys.awsKms.region/],
    ['a vault without an address', STANDARD, { keys: { driver: 'azure' } }, /keys.azure.vaultUrl/],
    ['a driver that does not exist', STANDARD, { keys: { driver: 'vault' } }, /keys.driver/],
    ['a route to nowhere', STANDARD, { route: { enabled: true } }, /route.parentRefs is empty/],
    [
      'traces that go nowhere',
      STANDARD,
      { telemetry: { endpoint: 'http://traces:4318' } },
      /networkPolicy.telemetry.peers/,
    ],
    [
      'a database nobody reaches',
      STANDARD,
      { networkPolicy: { database: { peers: [] } } },
      /networkPolicy.database.peers/,
    ],
    [
      'fewer connections than pods open',
      OPERATORS,
      { serviceDefaults: { autoscaling: { maxReplicas: 7 } } },
      /cloudnativePg.maxConnections: 700 are too few: .* open 768/,
    ],
    [
      'fewer connections than pods open whose number is fixed',
      OPERATORS,
      { serviceDefaults: { autoscaling: { enabled: false } }, services: { session: { replicas: 48 } } },
      /cloudnativePg.maxConnections: 700 are too few: .* open 840/,
    ],
    [
      'PostgreSQL that its operator does not reach',
      OPERATORS,
      { networkPolicy: { databaseOperator: { peers: [] } } },
      /networkPolicy.databaseOperator.peers/,
    ],
    [
      'Kafka that its operator does not reach',
      OPERATORS,
      { networkPolicy: { kafkaOperator: { peers: [] } } },
      /networkPolicy.kafkaOperator.peers/,
    ],
    [
      'a gateway nobody reaches',
      STANDARD,
      { networkPolicy: { gateway: { peers: [] } } },
      /networkPolicy.gateway.peers/,
    ],
    ['a wait of a minute', STANDARD, { preStopSeconds: 60 }, /preStopSeconds/],
    ['a service nobody knows', STANDARD, { services: { sesion: {} } }, /sesion/],
    ['a profile nobody knows', STANDARD, { profile: 'production' }, /profile/],
    ['a password as a value', STANDARD, { database: { password: 'secret' } }, /password/],
  ];

  test.each(cases)('CARD-8.helm · %s: refused by name', async (_, variant, values, sentence) => {
    const said = await refusal({ ...VARIANTS[variant], values: merged(VARIANTS[variant].values, values) });
    expect(said.replaceAll(/['"/]/g, (mark) => (mark === '/' ? '.' : ''))).toMatch(sentence);
    // What Go says when a template breaks helps nobody.
    expect(said).not.toMatch(/nil pointer|error calling|wrong type for value|can't evaluate/);
  });

  test('CARD-8.helm · a value of the wrong type is refused, whichever it is', () => {
    const schema = schemaOf('countersign');
    const validate = new Ajv({ strict: false, logger: false }).compile({ ...schema, $schema: undefined });
    const accepted = leavesOf(parse(read('countersign', 'values.yaml')))
      .map(({ path }) => path)
      .filter((path) => validate(path.reduceRight((one, key) => ({ [key]: one }), { wrong: ['type'] })));
    expect(accepted.map((path) => path.join('.'))).toEqual([]);
  });

  test.each([
    ['identity-platform-production-europe-west-one', /too long.*40 characters/],
    ['identity.prod', /has a dot/],
  ])('CARD-8.helm · a release named %s is refused: its Services could not be made', async (release, sentence) => {
    expect(await refusal({ ...VARIANTS.standard, release })).toMatch(sentence);
  });

  test.each([
    ['cert-manager', VARIANTS.standard, []],
    ['CloudNativePG', VARIANTS['standard on operators'], ['cert-manager.io/v1', 'kafka.strimzi.io/v1']],
    ['Strimzi', VARIANTS['standard on operators'], ['cert-manager.io/v1', 'postgresql.cnpg.io/v1']],
    ['Gateway API', VARIANTS['standard with everything'], ['cert-manager.io/v1']],
  ])('CARD-8.helm · a cluster without %s is told what to install', async (what, rendering, apis) => {
    expect(await refusal({ ...rendering, apis })).toMatch(new RegExp(`needs the API .*${what}`));
  });
});

/** Values that are no maps, and maps that are empty are the bank's to fill. */
function leavesOf(values, path = []) {
  return Object.entries(values).flatMap(([key, value]) => {
    if (!isMap(value)) return [{ path: [...path, key] }];
    return Object.keys(value).length === 0 ? [] : leavesOf(value, [...path, key]);
  });
}
