import { withClient } from '@countersign/database';

/** Rows of one transaction. */
const BATCH = 50_000;

/**
 * People nobody signs in as, spread evenly over the tenants: what tables and indexes then hold is as long and as random
 * as the real thing, though nothing of it opens. Constraints hold, except that foreign keys are not asked.
 */
const PEOPLE = `
  create temporary table person as
  select n, t.tenant, gen_random_uuid() as id, gen_random_uuid() as credential, n::text::bytea as seed,
         'p_' || translate(left(encode(sha256(('pseudonym' || n)::bytea), 'base64'), 22), '+/', '-_') as pseudonym
    from generate_series($1::int, $2::int) n
    join (select tenant, row_number() over (order by slug) - 1 as place, count(*) over () as places
            from tenant.tenant where slug like $4) t on t.place = (n - 1)::bigint * t.places / $3::int`;

const STEPS = [
  `insert into enrollment.subject (id, tenant, pseudonym, user_handle, reference_hash, profile, profile_commitment, wrapped_data_key)
   select id, tenant, pseudonym, sha256('handle' || seed), sha256('reference' || seed), repeat('p', 160)::bytea,
          encode(sha256('profile' || seed), 'hex'), sha256('key' || seed) || sha256('iv' || seed) || '\\x00' from person`,
  `insert into enrollment.credential (id, tenant, subject, credential_id, credential_hash, public_key, algorithm, counter,
     backup_eligible, backup_state, user_verified, transports, aaguid, attestation_format, attestation_trust,
     attestation_object, client_data_hash, name, name_commitment, platform, client, policy_version, last_used_at)
   select credential, tenant, id, sha256('id' || seed), sha256(sha256('id' || seed)), repeat('k', 77)::bytea, -7, 0,
          true, true, true, '{internal}', '00000000-0000-0000-0000-000000000000', 'none', 'none',
          repeat('a', 200)::bytea, sha256('client data' || seed), repeat('n', 90)::bytea,
          encode(sha256('name' || seed), 'hex'), 'ios', 'native', 1, clock_timestamp() from person`,
  `insert into risk.sighting (tenant, subject, credential, platform, first_seen, last_seen)
   select tenant, pseudonym, credential, 'ios', clock_timestamp(), clock_timestamp() from person`,
  `insert into risk.recent (tenant, subject, refused, sign_ins, last_day)
   select tenant, pseudonym, '{}', array[uuidv7(-interval '30 minutes')], (clock_timestamp() at time zone 'UTC')::date from person`,
  `insert into session.session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr,
     auth_time, family_hash, refresh_hash)
   select uuidv7(-interval '1 hour'), tenant, id, pseudonym, 'native', credential, clock_timestamp(), 'ios', 'filled', '{hwk}',
          extract(epoch from clock_timestamp()), sha256('family' || seed), sha256('refresh' || seed) from person`,
];

const FILLED = ['enrollment.subject', 'enrollment.credential', 'risk.sighting', 'risk.recent', 'session.session'];

/**
 * Fills an installation with people, each with one passkey, one device that was seen and one sign-in, and leaves the
 * tables as housekeeping would: analysed and written.
 * @param adminUrl a superuser in the installation's database; the services may be running
 * @param slugs what the slugs of the tenants are like, in SQL
 */
export async function fillPeople(
  adminUrl: string,
  people: number,
  slugs: string,
  say: (line: string) => void,
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query('set session_replication_role = replica; set synchronous_commit = off');
    for (let from = 1; from <= people; from += BATCH) {
      await client.query('begin');
      await client.query(PEOPLE, [from, Math.min(from + BATCH - 1, people), people, slugs]);
      for (const step of STEPS) await client.query(step);
      await client.query('drop table person; commit');
      if (from % 250_000 === 1) say(`  ${from - 1} of ${people} people …`);
    }
    for (const table of FILLED) await client.query(`vacuum (analyze) ${table}`);
    await client.query('checkpoint');
  });
}
