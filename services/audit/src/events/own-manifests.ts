import { uuidv7 } from '@countersign/kernel';
import type { ManifestLog } from '@countersign/outbox';
import type { EventWriter } from '@countersign/service-base';
import { PgManifestBook } from '../store/manifest-book.js';

/** Audit is a source, too: it asks itself, without a call. */
export function ownManifests(writer: EventWriter): ManifestLog {
  const book = new PgManifestBook(writer.database, writer);
  return {
    compare: (manifest) => book.compare('audit', manifest, uuidv7()),
    missing: (ids) => book.missing('audit', ids),
  };
}
