import { readFileSync, statSync } from 'node:fs';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { z } from 'zod';
import { isListen, isPeerAddress, isPeerName } from './address.js';
import { kafkaSettings } from './kafka-settings.js';

/** A setting's description carries unit, meaning and reason; `--print-config` prints it. */
export interface SettingInfo {
  key: string;
  variable: string;
  value: string;
  default: string;
  meaning: string;
}

/** A start that was refused because of its settings: one line per bad key. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const PREFIX = 'COUNTERSIGN_';

/** `databaseUrlFile` → `COUNTERSIGN_DATABASE_URL_FILE` */
export const variableOf = (key: string): string =>
  PREFIX + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** A secret is never a setting itself: the setting is where it lies. */
export const filePath = z.string().min(1, 'is empty; it is the path of a file');
/** Where a service listens. */
export const listenAddress = z.string().refine(isListen, 'is not ip:port');

const peers = z
  .string()
  .superRefine((text, context) =>
    peerProblems(text).forEach((message) => context.addIssue({ code: 'custom', message })),
  );

/** What every service with a port and a database takes. */
export const baseSettings = z.strictObject({
  listen: listenAddress.default('127.0.0.1:0').describe('ip:port of the gRPC listener (mutual TLS); [::] for IPv6'),
  adminListen: listenAddress.default('127.0.0.1:0').describe('ip:port of /healthz, /readyz and /metrics'),
  peers: peers
    .default('')
    .describe('replicas of the services called: service=ip:port|ip:port or service=name:port, by commas'),
  tlsCertFile: filePath.describe('path of the service certificate, PEM; its URI name says which service this is'),
  tlsKeyFile: filePath.describe('path of its private key, PEM'),
  tlsCaFile: filePath.describe('path of the authority that signs service certificates, PEM'),
  databaseUrlFile: filePath.describe('path of a file holding the PostgreSQL URL of the application role'),
  relayUrlFile: filePath.describe('path of a file holding the PostgreSQL URL of the relay role (outbox and bus only)'),
  snapshotKeysFile: filePath.describe('path of the JWK set that signs configuration snapshots'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least severe level logged'),
  otlpEndpoint: z.url().optional().describe('OTLP/HTTP endpoint for traces; absent: no traces'),
  databaseConnections: z.coerce.number().int().min(1).max(200).default(10).describe('greatest number of connections'),
  ...kafkaSettings,
});

/**
 * Reads and validates a service's settings out of the environment.
 * @throws SettingsError naming every bad, missing and unknown key
 */
export function settingsFromEnv<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const keys = Object.keys(schema.shape);
  const known = new Map(keys.map((key) => [variableOf(key), key]));
  const unknown = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known.has(name));
  const given = [...known].filter(([name]) => env[name] !== undefined).map(([name, key]) => [key, env[name]]);
  const values = Object.fromEntries(given) as Record<string, string>;
  const parsed = schema.safeParse(values);
  const problems = unknown.map((name) => `${name}: unknown setting`);
  for (const { path, message, code } of parsed.error?.issues ?? []) {
    const key = String(path[0]);
    const missing = code === 'invalid_type' && values[key] === undefined;
    problems.push(`${variableOf(key)}: ${missing ? 'is required' : message}`);
  }
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return parsed.data;
}

/** What `--print-config` shows: each setting with value, default and meaning. Values of files are paths, never contents. */
export function describeSettings(schema: z.ZodObject, env: NodeJS.ProcessEnv): SettingInfo[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const fallback = (field as z.ZodType).safeParse(undefined);
    return {
      key,
      variable: variableOf(key),
      value: env[variableOf(key)] ?? '',
      default: fallback.success ? String(fallback.data ?? '') : '(required)',
      meaning: (field as z.ZodType).description ?? '',
    };
  });
}

/**
 * Reads a file that a setting names.
 * @throws SettingsError naming the setting when the file cannot be read or is empty
 */
export function readSettingFile(setting: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw unreadable(setting, path, error);
  }
  if (text === '') throw new SettingsError([`${variableOf(setting)}: ${path} is empty`]);
  return text;
}

/**
 * Reads a secret from its file.
 * @throws SettingsError naming the setting when the file cannot be read, is empty, or can be read by everybody
 */
export function readSecretFile(setting: string, path: string): string {
  checkSecretFile(setting, path);
  return readSettingFile(setting, path);
}

/** @throws SettingsError naming the setting when the file cannot be read, or others than its owner and group may use it */
export function checkSecretFile(setting: string, path: string): void {
  let mode: number;
  try {
    mode = statSync(path).mode;
  } catch (error) {
    throw unreadable(setting, path, error);
  }
  const problem = problemOfMode(path, mode);
  if (problem) throw new SettingsError([`${variableOf(setting)}: ${problem}`]);
}

/** Anything for others, and more than reading for the group: secrets mounted by Kubernetes belong to root and a group. */
const TOO_OPEN = 0o037;

/** What is wrong with the permissions of a file that holds a secret. Windows has none to judge. */
export function problemOfMode(path: string, mode: number): string | undefined {
  if (process.platform === 'win32' || (mode & TOO_OPEN) === 0) return undefined;
  return `${path} has mode 0${(mode & 0o777).toString(8)}, which lets others at a secret: chmod 600 ${path}`;
}

const unreadable = (setting: string, path: string, error: unknown): SettingsError =>
  new SettingsError([`${variableOf(setting)}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`]);

/** `session=127.0.0.1:7001|127.0.0.1:7002,risk=risk.bank:7000` → addresses by service, of a text that `baseSettings` accepted. */
export const parsePeers = (text: string): Partial<Record<ServiceName, string[]>> =>
  Object.fromEntries(peerEntries(text).map(([service, addresses]) => [service, addresses.split('|')]));

/** What is wrong with the text, one sentence for each entry. */
function peerProblems(text: string): string[] {
  const entries = peerEntries(text);
  const twice = entries.filter(([service], index) => entries.findIndex(([first]) => first === service) < index);
  const wrong = entries.flatMap(([service, addresses]) => {
    if (!(SERVICES as readonly string[]).includes(service)) return [`there is no service "${service}"`];
    const known = isPeerName(addresses) || addresses.split('|').every(isPeerAddress);
    return known ? [] : [`${service} is not ip:port|ip:port or name:port`];
  });
  return [...wrong, ...twice.map(([service]) => `${service} is named twice`)];
}

const peerEntries = (text: string): [string, string][] =>
  text
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    });
