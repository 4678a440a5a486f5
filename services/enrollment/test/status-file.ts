import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A list of revoked Android attestation keys in a file, which is replaced as a whole. */
export class StatusFile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-status-'));
  private readonly path = join(this.folder, 'status.json');

  /** Settings of a service that reads it, often. */
  get settings(): Record<string, unknown> {
    return { androidStatusSource: this.path, androidStatusRefreshSeconds: 1 };
  }

  /** @param statuses by serial number, hex */
  publish(statuses: Record<string, string>): void {
    const entries = Object.entries(statuses).map(([serial, status]) => [serial, { status, reason: 'KEY_COMPROMISE' }]);
    this.replace(JSON.stringify({ entries: Object.fromEntries(entries) }));
  }

  replace(text: string): void {
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  /** As if nobody had written it for so long. */
  age(hours: number): void {
    const at = Date.now() / 1000 - hours * 3_600;
    utimesSync(this.path, at, at);
  }

  stop = (): void => rmSync(this.folder, { recursive: true, force: true });
}
