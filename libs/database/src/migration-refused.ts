/** A migration that failed, or a schema that does not fit a folder of migrations. The message names the migration. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}
