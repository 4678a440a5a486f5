import { aheadText, identifier, schemaState, withClient } from '@countersign/database';
import { clocks } from './clocks.js';
import { finding, type Finding } from './finding.js';
import type { Facts, ServiceFacts } from '../house.js';

const OLD_SECONDS = 60;
/** Audit has had time to hold a minute's events, and what was missing was sent again. */
const UNCOVERED_SECONDS = 600;

type Client = Parameters<Parameters<typeof withClient>[1]>[0];

/** Everything that needs the database; one finding when it does not answer. */
export async function databaseFindings({ administrator, services }: Facts): Promise<Finding[]> {
  if ('missing' in administrator) return [finding('database', [administrator.missing])];
  const { url: adminUrl } = administrator;
  try {
    return await withClient(adminUrl, async (client) => {
      const findings = [await version(client), await clocks(client)];
      for (const each of services) findings.push(await migrations(adminUrl, each));
      for (const each of services) findings.push(await backlog(client, each));
      return findings;
    });
  } catch (error) {
    const { code, name } = error as { code?: string; name: string };
    return [finding('database', [`does not answer (${code ?? name})`])];
  }
}

async function version(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
  return finding('database', [], `PostgreSQL ${rows[0]!.version}`);
}

async function migrations(adminUrl: string, { name, migrationsDir }: ServiceFacts): Promise<Finding> {
  const check = `migrations of ${name}`;
  try {
    const { pending, ahead } = await schemaState({ url: adminUrl, schema: name, migrationsDir });
    const problems = pending.length === 0 ? [] : [`not applied: ${pending.join(', ')}`];
    return finding(check, problems, ahead.length === 0 ? '' : aheadText(ahead));
  } catch (error) {
    return finding(check, [(error as Error).message.split('\n')[0]!]);
  }
}

async function backlog(client: Client, { name }: ServiceFacts): Promise<Finding> {
  const check = `events of ${name} on their way`;
  const table = `${identifier(name)}.outbox`;
  const { rows: present } = await client.query<{ oid: unknown }>('select to_regclass($1) as oid', [table]);
  if (!present[0]?.oid) return finding(check, ['there is no outbox']);
  const { rows } = await client.query<{ unsent: number; age: number }>(
    `select count(*)::int as unsent, coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as age
       from ${table} where sent_at is null`,
  );
  const { unsent, age } = rows[0]!;
  const late = age > OLD_SECONDS;
  const waiting = late ? [`${unsent} wait, the oldest for ${Math.round(age)} s: is the installation running?`] : [];
  return finding(check, [...waiting, ...(await uncovered(client, name))], `${unsent} wait`);
}

/** Minutes of which the log has not been shown to hold every event (docs/protocols/manifest.md). */
async function uncovered(client: Client, name: string): Promise<string[]> {
  const table = `${identifier(name)}.outbox_manifest`;
  const { rows: present } = await client.query<{ oid: unknown }>('select to_regclass($1) as oid', [table]);
  if (!present[0]?.oid) return [];
  const { rows } = await client.query<{ minutes: number; age: number }>(
    `select count(*)::int as minutes, coalesce(extract(epoch from clock_timestamp() - min(until_at)), 0)::float8 as age
       from ${table} where covered_at is null`,
  );
  const { minutes, age } = rows[0]!;
  if (age <= UNCOVERED_SECONDS) return [];
  return [
    `${minutes} manifests are not covered by the log, the oldest for ${Math.round(age)} s: look for outbox.* in the log`,
  ];
}
