import type { Logger } from '@countersign/platform';
import { SettingsError, readSecretFile, variableOf } from '@countersign/platform/settings';

/** The driver would take these over what stands before the `@`, which is what everybody reads. */
const LOGIN = ['user', 'password'];
const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

/**
 * Reads a database URL out of its file. Off loopback and sockets the connection must be encrypted and the server's name
 * checked: plain text is refused.
 * @throws SettingsError naming the setting, never the URL, which holds a password
 */
export function readDatabaseUrl(setting: string, file: string): string {
  const text = readSecretFile(setting, file);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw refused(setting, `${file} holds no PostgreSQL URL`);
  if (LOGIN.some((name) => url.searchParams.has(name)))
    throw refused(setting, `user and password stand before the @ of the URL in ${file}, not among its parameters`);
  if (!isLocal(url) && parameterOf(url, 'sslmode') !== 'verify-full')
    throw refused(setting, `off loopback the URL in ${file} must say sslmode=verify-full`);
  return text;
}

/**
 * Reads the URL again for each connection, so that a password that was rotated is used without a restart. A file that is
 * no good any more is told, and the last good one stays in force.
 * @throws SettingsError when it is no good to begin with
 */
export function databaseUrlFrom(setting: string, file: string, log: Logger): () => string {
  let last = readDatabaseUrl(setting, file);
  return () => {
    try {
      last = readDatabaseUrl(setting, file);
    } catch (error) {
      log.error('database.url_refused', { reason: (error as Error).message });
    }
    return last;
  };
}

/** Of a parameter that stands there twice the driver takes the last. */
const parameterOf = (url: URL, name: string): string | undefined => url.searchParams.getAll(name).at(-1);

/** The parameter `host`, which may name the folder of a socket, counts for more than the host of the URL. */
function isLocal(url: URL): boolean {
  const host = parameterOf(url, 'host') ?? url.hostname;
  return host.startsWith('/') || LOOPBACK.test(host);
}

const refused = (setting: string, problem: string): SettingsError =>
  new SettingsError([`${variableOf(setting)}: ${problem}`]);
