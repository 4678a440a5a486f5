import type { Command, ListedCommand } from '../command.js';

/** Everything `countersign` can do, in the order of its help. What a command does not need is not loaded for it. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'tenant create',
    summary: 'Creates a tenant with the strict default policy.',
    argument: { value: '<slug>', help: 'lower-case name that stands in the issuer of its tokens; it never changes' },
    load: async () => (await import('./tenant.js')).tenantCreate,
  },
  {
    name: 'tenant list',
    summary: 'Lists the tenants.',
    load: async () => (await import('./tenant.js')).tenantList,
  },
  {
    name: 'tenant apply',
    summary: 'Brings a tenant, its applications and its policy to what a file says, and prints what that changes.',
    load: async () => (await import('./tenant-apply.js')).tenantApply,
  },
  {
    name: 'tenant onboard',
    summary: "Prints what a bank's engineers need to integrate with a tenant. Nothing of it is secret.",
    argument: { value: '<slug>', help: 'the tenant of the bank' },
    load: async () => (await import('./tenant-onboard.js')).tenantOnboard,
  },
  {
    name: 'application create',
    summary: 'Registers an application of a tenant and prints its client id.',
    load: async () => (await import('./application.js')).applicationCreate,
  },
  {
    name: 'application update',
    summary: 'Changes an application; its client id and type stay. What is not given stays as it is.',
    load: async () => (await import('./application.js')).applicationUpdate,
  },
  {
    name: 'application list',
    summary: 'Lists the applications of a tenant.',
    load: async () => (await import('./application.js')).applicationList,
  },
  {
    name: 'policy show',
    summary: 'Prints the policy in force, with every default spelt out.',
    load: async () => (await import('./policy.js')).policyShow,
  },
  {
    name: 'policy preview',
    summary: 'Says which enrolled devices a policy would leave behind, and changes nothing.',
    argument: { value: '<file>', help: 'the whole policy as JSON; what it leaves out takes the strict default' },
    load: async () => (await import('./policy.js')).policyPreview,
  },
  {
    name: 'policy put',
    summary: 'Puts a policy into force as the next version, and prints what it changes.',
    load: async () => (await import('./policy.js')).policyPut,
  },
  {
    name: 'passkeys import',
    summary: 'Takes over the passkeys of a bank that has WebAuthn already.',
    argument: {
      value: '<file>',
      help: 'JSON lines, one credential each; docs/integrators/import.md lists the members',
    },
    load: async () => (await import('./passkeys.js')).passkeysImport,
  },
  {
    name: 'subject export',
    summary: 'Writes everything that is held of a person, as JSON.',
    argument: { value: '<id>', help: 'id of the person, as the API gave it' },
    load: async () => (await import('./subject.js')).subjectExport,
  },
  {
    name: 'subject erase',
    summary: 'Erases a person for good, or tells how far that is.',
    argument: { value: '<id>', help: 'id of the person, as the API gave it' },
    load: async () => (await import('./subject.js')).subjectErase,
  },
  {
    name: 'operator invite',
    summary: 'Makes a person an operator of a tenant and prints the one-time link by which they enroll a passkey.',
    load: async () => (await import('./operator.js')).operatorInvite,
  },
  {
    name: 'operator list',
    summary: 'Lists who may act for a tenant.',
    load: async () => (await import('./operator.js')).operatorList,
  },
  {
    name: 'key list',
    summary: 'Lists the keys of the installation. Private halves are never shown.',
    load: async () => (await import('./key.js')).keyList,
  },
  {
    name: 'key rotate',
    summary: 'Replaces a key in two steps: publish the next version, then use it.',
    argument: { value: '<name>', help: 'name of the key, as `key list` shows it between driver and version' },
    load: async () => (await import('./key-rotate.js')).keyRotate,
  },
  {
    name: 'key rewrap',
    summary:
      'Wraps tenant keys under the newest `kek`; with --tenant, makes a tenant a new key and moves its people to it.',
    load: async () => (await import('./key-rewrap.js')).keyRewrap,
  },
  {
    name: 'key disable',
    summary: 'Puts a key out of use at once and for good. For a key that leaked.',
    argument: { value: '<id>', help: 'id of the version, e.g. pkcs11:token/<tenant>/2, or `kid` of a token' },
    load: async () => (await import('./key-disable.js')).keyDisable,
  },
  {
    name: 'key publish',
    summary: 'Writes the public keys of `snapshot` to where services read them.',
    load: async () => (await import('./key.js')).keyPublish,
  },
  {
    name: 'events replay',
    summary: 'Sends events again from the outboxes, and lets readers that halted go on.',
    load: async () => (await import('./events.js')).eventsReplay,
  },
  {
    name: 'quarantine list',
    summary: 'Lists the messages that could not go into the log, oldest first.',
    load: async () => (await import('./quarantine.js')).quarantineList,
  },
  {
    name: 'quarantine show',
    summary: 'Shows one message in quarantine: why it is there, where it came from, and its bytes.',
    argument: { value: '<topic/partition/offset>', help: 'its place, as `quarantine list` shows it' },
    load: async () => (await import('./quarantine.js')).quarantineShow,
  },
  {
    name: 'quarantine redrive',
    summary: 'Judges messages in quarantine again; those that are leaves now go into the log.',
    argument: { value: '[<topic/partition/offset>]', help: 'one message; without it say --all', optional: true },
    load: async () => (await import('./quarantine.js')).quarantineRedrive,
  },
  {
    name: 'kafka topics apply',
    summary: 'Creates the topics, settings and permissions that the services need in Kafka.',
    load: async () => (await import('./kafka.js')).kafkaTopicsApply,
  },
  {
    name: 'kafka topics check',
    summary: 'Compares topics, settings and permissions in Kafka with what is declared, and changes nothing.',
    load: async () => (await import('./kafka.js')).kafkaTopicsCheck,
  },
  {
    name: 'install',
    summary: 'Brings an installation up, or up to date: database, Kafka, the key of snapshots.',
    load: async () => (await import('./install.js')).install,
  },
  {
    name: 'install secrets',
    summary: 'Makes the Secrets that an evaluation on Kubernetes lives on, where they are missing.',
    load: async () => (await import('./install-secrets.js')).installSecrets,
  },
  {
    name: 'database apply',
    summary: 'Makes roles and schemas in PostgreSQL and applies every migration that is pending.',
    load: async () => (await import('./database.js')).databaseApply,
  },
  {
    name: 'database wait',
    summary: 'Waits until no migration is pending that this version of a service needs.',
    load: async () => (await import('./database-wait.js')).databaseWait,
  },
  {
    name: 'journey',
    summary: 'Tries the installation: enrolls a passkey, signs in with it, and reads what was recorded.',
    load: async () => (await import('./journey.js')).journey,
  },
  {
    name: 'doctor',
    summary: 'Checks the installation: settings, key files, database, migrations, clocks, events waiting to leave.',
    load: async () => (await import('./doctor.js')).doctor,
  },
];

export const loadCommand = async ({ load, ...listed }: ListedCommand): Promise<Command> => ({
  ...listed,
  ...(await load()),
});
