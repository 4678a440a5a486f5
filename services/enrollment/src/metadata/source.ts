import { open } from 'node:fs/promises';
import { BlobRefused, MAX_BLOB_BYTES } from '@countersign/metadata';
import type { MetadataOrigin } from './settings.js';

/** Where a BLOB is read from. */
export interface MetadataSource {
  /**
   * The bytes, or undefined when they are those that were settled.
   * @throws BlobRefused `too_large`; any other error when it cannot be reached
   */
  read(signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** What was read last needs no second look. Until this is said it is given again: a fault in between loses no BLOB. */
  settle(): void;
}

/** A source that gives nothing for so long is dead. */
const WITHIN_MS = 60_000;

export const openSource = ({ source, isUrl }: MetadataOrigin): MetadataSource =>
  isUrl ? new UrlSource(source) : new FileSource(source);

/** A file that is replaced; what tells that it was is not its content, so that ten megabytes are not read for nothing. */
class FileSource implements MetadataSource {
  private settled = '';
  private given = '';

  constructor(private readonly path: string) {}

  async read(): Promise<Uint8Array | undefined> {
    const file = await open(this.path, 'r');
    try {
      const { ino, size, mtimeMs } = await file.stat();
      const state = `${ino} ${size} ${mtimeMs}`;
      if (state === this.settled) return undefined;
      this.given = state;
      if (size > MAX_BLOB_BYTES) throw new BlobRefused('too_large');
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  }

  settle(): void {
    this.settled = this.given;
  }
}

/** A URL, asked whether it has changed. It is not followed elsewhere. */
class UrlSource implements MetadataSource {
  private settled = '';
  private given = '';

  constructor(private readonly url: string) {}

  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const response = await fetch(this.url, {
      redirect: 'error',
      headers: this.settled ? { 'if-none-match': this.settled } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]),
    });
    if (response.status === 304 && this.settled) return undefined;
    if (response.status !== 200 || !response.body) {
      await response.body?.cancel();
      throw new Error(`the metadata service answers ${response.status}`);
    }
    this.given = response.headers.get('etag') ?? '';
    return readAll(response.body);
  }

  settle(): void {
    this.settled = this.given;
  }
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BLOB_BYTES) throw new BlobRefused('too_large');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
