// Every suite of the project: which files belong to it, at which level it runs, and what it needs.
//
// Levels: `default` is what npm alone can bring (`npm test`), `all` adds Chromium and the long rounds (`npm run test:all`
// runs `default` and `all`), `soak` repeats those rounds many times, `vectors` needs the public vectors beside the clone, `cluster` a
// Kubernetes cluster (infra/cluster).

/**
 * @typedef {object} Suite
 * @property {string} name      also the name of its result: .test-results/<name>.json
 * @property {'default'|'all'|'soak'|'vectors'|'cluster'} level
 * @property {string} about     one line for --help
 * @property {string[]} [match] globs of spec files below the project; absent for `checks`, which are commands
 * @property {boolean} [platform] runs against the running platform over its public interface: proves clauses
 * @property {string[]} [needs] parts of `npm run provision`, e.g. `chromium`
 * @property {Record<string, string>} [env] for the suite's processes
 * @property {number} [workers] processes of Jest; 1 where each file starts a whole installation
 * @property {1 | 2 | 3} [lane] lanes of a level run at the same time, the suites of one lane one after another: most of them wait
 *   a lot. Without a lane a suite has the machine to itself, as those in which people or browsers race do
 */

const VECTORS = '!**/*.vectors.spec.ts';
/** What needs a running Kafka says so in its name. */
const NO_KAFKA = '!**/*.kafka.spec.ts';
const KAFKA_DRILLS = ['services/e2e/kafka/**/*.kafka.spec.ts'];
/** Likewise what needs a PKCS#11 token, or a server that speaks the protocol of AWS KMS. */
const NO_KEY_STORES = ['!**/*.softhsm.spec.ts', '!**/*.kms.spec.ts'];
const RACES = ['services/e2e/races/**/*.spec.ts'];
const CRASH = ['services/e2e/crash/**/*.spec.ts'];
const DIFFERENTIAL = ['libs/webauthn/test/differential/**/*.spec.ts'];
const FUZZ = ['libs/*/test/**/*.fuzz.spec.ts', 'services/*/test/**/*.fuzz.spec.ts'];
const KAFKA_JOURNEY = ['services/e2e/kafka/journey.kafka.spec.ts'];
const JOURNEYS = ['services/e2e/test/**/*.spec.ts'];

/** @type {Suite[]} */
export const suites = [
  {
    name: 'checks',
    level: 'default',
    about: 'types, ESLint, Prettier, contracts: lint, breaking changes, generated code',
    lane: 1,
  },
  {
    name: 'repository',
    level: 'default',
    about: 'layers, workspaces, scripts',
    match: ['infra/test/**/*.spec.mjs'],
    lane: 1,
  },
  {
    name: 'unit',
    level: 'default',
    about: 'rules without a database or a framework',
    match: ['libs/*/src/**/*.spec.ts', 'services/*/src/**/*.spec.ts', 'services/*/web/**/*.spec.ts', VECTORS],
    lane: 1,
  },
  {
    name: 'services',
    level: 'default',
    about: 'each library and service on a real PostgreSQL',
    match: [
      'libs/*/test/**/*.spec.ts',
      'services/*/test/**/*.spec.ts',
      '!**/services/e2e/**',
      VECTORS,
      NO_KAFKA,
      ...NO_KEY_STORES,
    ],
    lane: 1,
  },
  {
    name: 'e2e-standalone',
    level: 'default',
    about: 'the public API with every service in one process',
    match: JOURNEYS,
    env: { E2E_SHAPE: 'standalone' },
    workers: 2,
    platform: true,
    lane: 2,
  },
  {
    name: 'e2e-services',
    level: 'default',
    about: 'the same with one process per service and mutual TLS',
    match: JOURNEYS,
    env: { E2E_SHAPE: 'services' },
    workers: 2,
    platform: true,
    lane: 3,
  },
  {
    name: 'charts',
    level: 'all',
    about: 'the charts as Helm renders them: values, schemas of Kubernetes, hardening, network policies, upgrades',
    match: ['infra/charts/**/*.spec.mjs'],
    needs: ['helm'],
    workers: 2,
    lane: 1,
  },
  {
    name: 'image',
    level: 'all',
    about: 'the container image: made twice, taken apart, and run on a read-only root',
    match: ['infra/image/**/*.spec.mjs'],
    workers: 1,
    lane: 1,
  },
  {
    name: 'browser',
    level: 'all',
    about: 'journeys in Chromium with a virtual authenticator',
    match: ['services/e2e/browser/**/*.spec.ts'],
    needs: ['chromium'],
    workers: 1,
    platform: true,
  },
  {
    name: 'kafka',
    level: 'all',
    about: 'the event bus on a real Apache Kafka, and 10 times kill -9 of relays and readers',
    match: [
      'libs/*/test/**/*.kafka.spec.ts',
      'services/*/test/**/*.kafka.spec.ts',
      ...KAFKA_DRILLS,
      ...KAFKA_JOURNEY.map((path) => `!${path}`),
      '!**/*.soak.kafka.spec.ts',
    ],
    needs: ['kafka'],
    env: { KILLS: '10' },
    workers: 2,
    lane: 1,
  },
  {
    name: 'e2e-kafka',
    level: 'all',
    about: 'the journey over a process for each service and Kafka',
    match: KAFKA_JOURNEY,
    needs: ['kafka'],
    workers: 1,
    platform: true,
    lane: 1,
  },
  {
    name: 'keys-aws-kms',
    level: 'all',
    about: 'keys in AWS KMS: a server of LocalStack that speaks its protocol',
    match: ['libs/*/test/**/*.kms.spec.ts', 'services/*/test/**/*.kms.spec.ts'],
    needs: ['kms'],
    workers: 1,
    lane: 2,
  },
  {
    name: 'keys-pkcs11',
    level: 'all',
    about: 'keys in a PKCS#11 token: SoftHSM 2',
    match: ['libs/*/test/**/*.softhsm.spec.ts', 'services/*/test/**/*.softhsm.spec.ts'],
    needs: ['softhsm'],
    workers: 1,
    lane: 2,
  },
  {
    name: 'e2e-pkcs11',
    level: 'all',
    about: 'an installation with its keys in a PKCS#11 token, which signs each token',
    match: ['services/e2e/keys/**/*.softhsm.spec.ts'],
    needs: ['softhsm'],
    env: { SIGNING: 'direct' },
    workers: 1,
    platform: true,
    lane: 2,
  },
  {
    name: 'e2e-aws-kms',
    level: 'all',
    about: 'an installation with its keys in KMS, which certifies those that sign tokens',
    match: ['services/e2e/keys/**/*.kms.spec.ts'],
    needs: ['kms'],
    env: { SIGNING: 'delegated' },
    workers: 1,
    platform: true,
    lane: 2,
  },
  {
    name: 'e2e-azure-double',
    level: 'all',
    about: 'an installation with its keys in a double of Azure Key Vault: how it is wired, nothing about a vault',
    match: ['services/e2e/keys/**/*.double.spec.ts'],
    workers: 1,
    platform: true,
    lane: 2,
  },
  {
    name: 'races',
    level: 'all',
    about: '10 rounds over two processes of each service',
    match: RACES,
    env: { ROUNDS: '10' },
    workers: 1,
    platform: true,
  },
  {
    name: 'crash',
    level: 'all',
    about: 'kill -9 under load, 2 rounds; in 10 erasures, at each of their steps',
    match: CRASH,
    env: { ROUNDS: '2' },
    workers: 1,
    platform: true,
  },
  {
    name: 'races-soak',
    level: 'soak',
    about: '100 rounds of races',
    match: RACES,
    env: { ROUNDS: '100' },
    workers: 1,
    platform: true,
  },
  {
    name: 'crash-soak',
    level: 'soak',
    about: '20 rounds of kill -9; in 100 erasures',
    match: CRASH,
    env: { ROUNDS: '20' },
    workers: 1,
    platform: true,
  },
  {
    name: 'kafka-soak',
    level: 'soak',
    about: 'three Kafka brokers fail in every way under load; 200 times kill -9 of relays and readers: nothing is lost',
    match: ['libs/*/test/**/*.soak.kafka.spec.ts', ...KAFKA_DRILLS, ...KAFKA_JOURNEY.map((path) => `!${path}`)],
    needs: ['kafka'],
    env: { KILLS: '200' },
    workers: 1,
  },
  {
    name: 'keys-soak',
    level: 'soak',
    about:
      'KMS answers nothing for three minutes while people sign in; installations on PKCS#11 and KMS, signing both ways, and on the Azure double',
    match: ['services/*/test/**/key-store-away.kms.spec.ts', 'services/e2e/keys/**/*.spec.ts'],
    env: { AWAY_SECONDS: '180' },
    needs: ['kms', 'softhsm'],
    workers: 1,
  },
  {
    name: 'differential-soak',
    level: 'soak',
    about: '20,000 mutated ceremonies, judged by us and by SimpleWebAuthn',
    match: DIFFERENTIAL,
    env: { CASES: '20000' },
    workers: 1,
  },
  {
    name: 'fuzz-soak',
    level: 'soak',
    about: 'spoilt input for every parser, 20,000 rounds each',
    match: FUZZ,
    env: { ROUNDS: '20000' },
    workers: 1,
  },
  {
    name: 'cluster',
    level: 'cluster',
    about: 'the chart on a Kubernetes cluster: install, tenants, upgrades, failures (npm run test:cluster)',
    match: ['services/e2e/cluster/**/*.spec.ts'],
    workers: 1,
    platform: true,
  },
  {
    name: 'vectors',
    level: 'vectors',
    about: 'public vectors of the standards, from ../shared/vectors',
    match: ['**/*.vectors.spec.ts'],
  },
];

const LANES = [1, 2, 3];

/**
 * What runs one after another, level by level: lanes that run at the same time, each a list of suites in their order. Suites
 * without a lane have the machine to themselves.
 */
export function turns(chosen) {
  const levels = [...new Set(chosen.map(({ level }) => level))];
  return levels.flatMap((each) => turnsOfLevel(chosen.filter(({ level }) => level === each)));
}

function turnsOfLevel(chosen) {
  const lanes = LANES.map((lane) => chosen.filter((suite) => suite.lane === lane)).filter(({ length }) => length > 0);
  const alone = chosen.filter(({ lane }) => lane === undefined).map((suite) => [[suite]]);
  return lanes.length > 0 ? [lanes, ...alone] : alone;
}

/** Which levels a command runs. `all` is a superset of `default`; `cluster` has a command of its own. */
export const LEVELS = {
  default: ['default'],
  all: ['default', 'all'],
  soak: ['soak'],
  vectors: ['vectors'],
  cluster: ['cluster'],
};
