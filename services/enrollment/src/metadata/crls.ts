import { crlLocations, MAX_CRL_BYTES } from '@countersign/metadata';
import type { Logger } from '@countersign/platform';
import { readCrlFiles } from './crl-files.js';
import type { MetadataOrigin } from './settings.js';
import { openSource } from './source.js';

/** For all lists together: none is worth holding up news about models for longer. */
const WITHIN_MS = 20_000;

class CrlTooLarge extends Error {}

/** The revocation lists by which a BLOB is judged, DER: those that can be had. */
export class CrlSource {
  constructor(
    private readonly origin: MetadataOrigin,
    private readonly log: Logger,
  ) {}

  /**
   * Read again each time, because lists live for days.
   * @param bytes the BLOB
   * @throws BlobRefused when its path leads to no root: then nothing is fetched
   */
  async read(bytes: Uint8Array, now: Date, signal: AbortSignal): Promise<Uint8Array[]> {
    if (this.origin.crls !== undefined) return this.fromFiles(this.origin.crls);
    const within = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
    const lists = crlLocations(bytes, this.origin, now).map((uri) => this.fetched(uri, within));
    return (await Promise.all(lists)).flat();
  }

  private fromFiles(path: string): Uint8Array[] {
    try {
      return readCrlFiles(path);
    } catch (error) {
      this.log.warn('metadata.crl_unavailable', { reason: 'file', error });
      return [];
    }
  }

  /** No credentials are sent and no redirect is followed. */
  private async fetched(source: string, signal: AbortSignal): Promise<Uint8Array[]> {
    try {
      const tooLarge = () => new CrlTooLarge();
      const list = await openSource({ source, isUrl: true, maxBytes: MAX_CRL_BYTES, tooLarge }).read(signal);
      return list ? [list] : [];
    } catch (error) {
      const reason = error instanceof CrlTooLarge ? 'too_large' : 'unavailable';
      this.log.warn('metadata.crl_unavailable', { address: new URL(source).host, reason, error });
      return [];
    }
  }
}
