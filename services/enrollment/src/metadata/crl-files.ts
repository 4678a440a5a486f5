import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PEM = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g;

/**
 * The revocation lists of a file, or of the `*.crl` and `*.pem` of a folder, as DER; none of them is looked into.
 * @throws what the file system says
 */
export function readCrlFiles(path: string): Uint8Array[] {
  const names = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /\.(crl|pem)$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];
  return names.flatMap((name) => listsIn(readFileSync(name)));
}

/** PEM may hold several, and other things; what is no PEM is one list. */
function listsIn(content: Buffer): Uint8Array[] {
  if (content.length === 0) return [];
  const text = content.toString('latin1');
  if (!text.includes('-----BEGIN ')) return [new Uint8Array(content)];
  return [...text.matchAll(PEM)].map(([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')));
}
