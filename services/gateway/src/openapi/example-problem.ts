import { CODES, refuse, type Code } from '@countersign/kernel';
import { problemOf, statusOf, type Problem } from '../http/problem.js';

/** What a client gets for a code, and what the record says where that is another code. */
export interface ExampleProblem extends Problem {
  /** Code of the event, where clients are told less. */
  recorded: Code | undefined;
}

const CONTEXT = {
  publicUrl: 'https://login.bank.example',
  requestId: '01936b1d-02aa-7c1e-8f6b-0d9a4c3e2b11',
  tokenPresented: false,
};

/** The problem document of a code, made by what makes it when it is sent. */
export function exampleProblem(code: Code): ExampleProblem {
  const { toldAs, example } = CODES[code];
  const recorded = toldAs === undefined ? undefined : code;
  return { ...problemOf(refuse((toldAs ?? code) as Code, example), CONTEXT), recorded };
}

/** Status, headers and body as they are on the wire, the body in lines. */
export function exampleText({ status, headers, body }: ExampleProblem): string {
  const fields = Object.entries({ 'content-type': 'application/problem+json', ...headers });
  const lines = fields.map(([name, value]) => `${titleCase(name)}: ${value}`);
  return [`HTTP ${status}`, ...lines, '', JSON.stringify(body, undefined, 2)].join('\n');
}

/** `www-authenticate` → `WWW-Authenticate`, as people write it; to programs letter case means nothing. */
const titleCase = (name: string): string =>
  name
    .replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
    .replace('Www', 'WWW')
    .replace('Dpop', 'DPoP');

/** Every code with its status and example, in alphabetical order. */
export const allCodes = () =>
  (Object.keys(CODES) as Code[]).sort().map((code) => ({
    ...CODES[code],
    code,
    status: statusOf(code),
    example: exampleProblem(code),
  }));

/** One sentence for a code that only records have; empty for the others. */
export const recordedNote = ({ recorded, body }: ExampleProblem): string =>
  recorded === undefined
    ? ''
    : `Stands in the event only, as \`"code":"${recorded}"\`; the client is told \`${String(body.code)}\`.`;
