import { CONSUMERS, SERVICES, type ServiceName } from '@countersign/contracts';
import { rolesOf, withClient, type ServiceAccess } from '@countersign/database';
import { readDatabaseUrl } from '@countersign/service-base';
import { CommandFailed } from '../command.js';

/** How services log in at the database, as their settings tell. Holds passwords. */
export interface Access {
  database: string;
  services: ServiceAccess[];
  /** Every URL with the file it was read from. */
  urls: { file: string; url: string }[];
}

/** What PostgreSQL gets a verifier of (libs/database/src/scram.ts). */
const PASSWORD = /^[\x21-\x7e]{16,128}$/;

/**
 * Who is to log in where, out of the URLs in the files of all services: the roles and passwords that `applyDatabase` makes.
 * @param settingsOf a service's settings
 * @throws CommandFailed naming the file whose URL names another role, or another database than the others
 */
export function accessOf(settingsOf: (service: ServiceName) => Record<string, unknown>): Access {
  const logins = SERVICES.flatMap((service) => {
    const settings = settingsOf(service);
    const { app, relay } = rolesOf(service);
    return [
      readLogin(service, 'databaseUrlFile', String(settings['databaseUrlFile']), app),
      readLogin(service, 'relayUrlFile', String(settings['relayUrlFile']), relay),
    ];
  });
  const { database, file: first } = logins[0]!;
  const other = logins.find((login) => login.database !== database);
  if (other)
    throw new CommandFailed(`${other.file} names the database ${other.database}, but ${first} names ${database}`);
  const passwordOf = (user: string): string => logins.find((login) => login.user === user)!.password;
  return {
    database,
    services: SERVICES.map((name) => ({
      name,
      password: passwordOf(rolesOf(name).app),
      relayPassword: passwordOf(rolesOf(name).relay),
      consumes: CONSUMERS.includes(name),
    })),
    urls: logins.map(({ file, url }) => ({ file, url })),
  };
}

interface Login {
  file: string;
  url: string;
  user: string;
  password: string;
  database: string;
}

function readLogin(service: ServiceName, setting: string, file: string, role: string): Login {
  const text = readDatabaseUrl(setting, file);
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const database = url.pathname.slice(1);
  if (user !== role) throw new CommandFailed(`${service}: the URL in ${file} logs in as '${user}', not as ${role}`);
  if (!PASSWORD.test(password))
    throw new CommandFailed(
      `${service}: the password of the URL in ${file} is not 16 to 128 printable ASCII characters`,
    );
  if (database === '') throw new CommandFailed(`${service}: the URL in ${file} names no database`);
  return { file, url: text, user, password, database };
}

/** Logs in with each URL once, so that a wrong host is told now and not by a service that cannot start. @throws CommandFailed */
export async function proveAccess({ urls, database }: Access): Promise<void> {
  for (const { file, url } of urls) {
    await withClient(url, (client) => client.query('select 1')).catch((error: unknown) => {
      const { code, message } = error as { code?: string; message: string };
      const { host } = new URL(url);
      throw new CommandFailed(
        `the URL in ${file} does not lead to the database ${database} that was prepared (${host}): ${code ?? message}`,
      );
    });
  }
}
