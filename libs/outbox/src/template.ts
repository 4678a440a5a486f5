import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The migration every service with an outbox copies as `<timestamp>_outbox/migration.sql`, byte for byte. */
export const outboxSql = (): string =>
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../sql/outbox.sql'), 'utf8');
