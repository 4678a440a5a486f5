import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { BankProblem } from './bank-problem.js';

/** Stands in the built page where the nonce of each answer goes; `web/vite.config.ts` writes it. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Serves the built page. All files are read at the start, so a request can name none but these; every address without
 * a dot and outside `/api` gets the page, which finds the screen by itself.
 *
 * @throws Error when the page was not built
 */
export function servePage(app: FastifyInstance, folder: string, countersignUrl: string): void {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  for (const [path, body] of assetsOf(folder)) app.get(path, (_request, reply) => sendAsset(reply, path, body));
  app.get('/*', (request, reply) => {
    if (/^\/api(\/|$)|\./.test(request.url.split('?')[0] as string)) throw new BankProblem('not_found');
    return sendPage(reply, page, countersignUrl);
  });
}

function assetsOf(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).filter((path) => extname(path) in TYPES);
  return new Map(paths.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, readFileSync(path)]));
}

/** The names of built assets carry a hash of their content: they never change. */
const sendAsset = (reply: FastifyReply, path: string, body: Buffer): FastifyReply =>
  reply
    .header('Content-Type', TYPES[extname(path)])
    .header('Cache-Control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    .send(body);

function sendPage(reply: FastifyReply, page: string, countersignUrl: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('Content-Type', 'text/html; charset=utf-8')
    .header('Content-Security-Policy', pagePolicy(nonce, new URL(countersignUrl).origin))
    .header('Cache-Control', 'no-store')
    .send(page.replaceAll(NONCE_PLACEHOLDER, nonce));
}

/** Only what the page is made of: its own files, styles of this answer's nonce, the bank's API and the platform's. */
const pagePolicy = (nonce: string, platformOrigin: string): string =>
  [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self'`,
    `connect-src 'self' ${platformOrigin}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
