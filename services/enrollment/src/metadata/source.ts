import { open } from 'node:fs/promises';

/** Where a list is read from. */
export interface Source {
  /**
   * The bytes, or undefined when they are those that were settled.
   * @throws what `Place.tooLarge` makes; any other error when it cannot be reached
   */
  read(signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** What was read last needs no second look. Until this is said it is given again: a fault in between loses no list. */
  settle(): void;
  /** Seconds for which the last answer said it may be kept (RFC 9111 §5.2.2.1); undefined when it said nothing. */
  readonly freshFor?: number | undefined;
  /** When what was found last was changed: the file, or as Last-Modified says; undefined when nothing says it. */
  readonly modifiedAt?: Date | undefined;
}

/** What is read and how much of it at most. */
export interface Place {
  /** Path of a file, or URL. */
  source: string;
  isUrl: boolean;
  maxBytes: number;
  tooLarge: () => Error;
}

/** A source that gives nothing for so long is dead. */
const WITHIN_MS = 60_000;

export const openSource = (place: Place): Source => (place.isUrl ? new UrlSource(place) : new FileSource(place));

/** A file that is replaced; what tells that it was is not its content, so that ten megabytes are not read for nothing. */
class FileSource implements Source {
  private settled = '';
  private given = '';

  modifiedAt: Date | undefined;

  constructor(private readonly place: Place) {}

  async read(): Promise<Uint8Array | undefined> {
    const file = await open(this.place.source, 'r');
    try {
      const { ino, size, mtime, mtimeMs } = await file.stat();
      this.modifiedAt = mtime;
      const state = `${ino} ${size} ${mtimeMs}`;
      if (state === this.settled) return undefined;
      this.given = state;
      if (size > this.place.maxBytes) throw this.place.tooLarge();
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
class UrlSource implements Source {
  private settled = '';
  private given = '';

  freshFor: number | undefined;
  modifiedAt: Date | undefined;

  constructor(private readonly place: Place) {}

  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const response = await fetch(this.place.source, {
      redirect: 'error',
      headers: this.settled ? { 'if-none-match': this.settled } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]),
    });
    this.freshFor = maxAgeOf(response.headers);
    if (response.status === 304 && this.settled) return undefined;
    if (response.status !== 200 || !response.body) {
      await response.body?.cancel();
      throw new Error(`the source answers ${response.status}`);
    }
    this.given = response.headers.get('etag') ?? '';
    this.modifiedAt = dateIn(response.headers.get('last-modified'));
    return readAll(response.body, this.place);
  }

  settle(): void {
    this.settled = this.given;
  }
}

function dateIn(text: string | null): Date | undefined {
  const milliseconds = Date.parse(text ?? '');
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

function maxAgeOf(headers: Headers): number | undefined {
  const found = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(headers.get('cache-control') ?? '');
  if (!found) return undefined;
  return Math.max(0, Number(found[1]) - Number(/^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? 0));
}

/** Reads a body of bounded size. @throws what `tooLarge` makes */
export async function readAll(
  body: ReadableStream<Uint8Array>,
  { maxBytes, tooLarge }: Pick<Place, 'maxBytes' | 'tooLarge'>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
