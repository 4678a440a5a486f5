import { request as httpRequest } from 'node:http';
import { filled, type Operation } from './api-document.js';

/** Part of every value that must never come to light. */
export const CANARY = 'CANARY';

/** An address of its own on Linux, where all of 127/8 is this machine; elsewhere there is but one. */
export const CANARY_ADDRESS = process.platform === 'linux' ? '127.0.0.77' : undefined;

/** As text, hexadecimal, and base64 at each of the three places a byte can have. */
const FORMS = [CANARY, '43414e415259', ...['', 'x', 'xx'].map((before) => base64Core(before))];

/** The letters of base64 that only the canary decides, when so many bytes stand before it. */
function base64Core(before: string): string {
  const text = Buffer.from(before + CANARY)
    .toString('base64')
    .replace(/=+$/, '');
  const start = Math.ceil((before.length * 8) / 6);
  return text.slice(start, Math.floor(((before.length + CANARY.length) * 8) / 6));
}

/** Where a text shows a canary or one of the secrets, with what stands around; empty when nowhere. */
export function leaksIn(text: string, secrets: readonly string[] = []): string[] {
  const lower = text.toLowerCase();
  const sought = [
    ...FORMS.slice(0, 2).map((form) => [form.toLowerCase(), lower] as const),
    ...[...FORMS.slice(2), ...secrets].map((form) => [form, text] as const),
  ];
  return sought.flatMap(([form, where]) => {
    const at = where.indexOf(form);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 80), at + form.length + 20)];
  });
}

/** Every text of an example replaced by a canary that base64url could hold; `type` stays, so that more than the form is reached. */
export function poisoned(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => poisoned(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, poisoned(member, key)]));
  }
  return typeof value === 'string' && name !== 'type' && name !== 'grant_type' ? `${CANARY}-${name}-4711xx` : value;
}

/** Headers that carry canaries wherever a client can put one. */
export const POISONED_HEADERS = {
  'user-agent': `Mozilla/5.0 ${CANARY}-agent`,
  'x-forwarded-for': '203.0.113.77',
  'accept-language': `${CANARY}-language`,
  referer: `https://bank.example/${CANARY}-referer`,
  'countersign-csrf': `${CANARY}-csrf`,
  'countersign-grant': `${CANARY}-grant.x.y`,
  dpop: `${CANARY}-proof.x.y`,
  'countersign-enrollment': `${CANARY}-enrollment`,
  'idempotency-key': `${CANARY}-key`,
};

export interface RawAnswer {
  status: number;
  text: string;
}

/** A request from the canary address. */
export function sendFrom(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<RawAnswer> {
  const options = { method, headers, ...(CANARY_ADDRESS ? { localAddress: CANARY_ADDRESS } : {}) };
  return new Promise((resolve, reject) => {
    const request = httpRequest(url.replace('localhost', '127.0.0.1'), options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    request.on('error', reject).end(body);
  });
}

/** An operation called with canaries in path, query, headers and body. */
export function poisonedCall(api: string, operation: Operation, headers: Record<string, string>): Promise<RawAnswer> {
  const { method, path, ids, query, media, example } = operation;
  const search = query.map((name) => `${name}=${CANARY}-${name}`).join('&');
  const url = `${api}/v1${filled(path, Object.fromEntries(ids.map((id) => [id, `${CANARY}-${id}`])))}${search && `?${search}`}`;
  const content = poisoned(example ?? {});
  const body = media?.includes('form')
    ? new URLSearchParams(content as Record<string, string>).toString()
    : JSON.stringify(content);
  const type: Record<string, string> = media ? { 'content-type': media } : {};
  return sendFrom(url, method, { ...POISONED_HEADERS, ...type, ...headers }, media ? body : undefined);
}
