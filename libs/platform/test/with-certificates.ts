import { afterEach, beforeEach } from '@jest/globals';
import type { TlsMaterial } from '../src/index.js';
import { Certificates } from './house.js';

/** Every test of the file gets an authority of its own; what the test put into `closing` is closed after it, last first. */
export function withCertificates(): { tlsOf: (service: string) => Promise<TlsMaterial>; closing: (() => unknown)[] } {
  const closing: (() => unknown)[] = [];
  let certificates: Certificates;
  beforeEach(async () => {
    certificates = await Certificates.open();
    closing.push(() => certificates.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return { tlsOf: (service) => certificates.of(service), closing };
}
