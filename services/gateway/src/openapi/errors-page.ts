import { CODES, type Code } from '@countersign/kernel';
import { statusOf } from '../http/problem.js';

/** All codes in alphabetical order, with the status each is answered with. */
export const allCodes = () =>
  (Object.keys(CODES) as Code[]).sort().map((code) => ({ ...CODES[code], code, status: statusOf(code) }));

/** docs/errors.md: every code with cause and remedy. */
export function errorsMarkdown(): string {
  const sections = allCodes().map(
    ({ code, status, title, cause, remedy }) =>
      `## ${code}\n\n**${status}** · ${title}\n\n- Cause: ${cause}\n- Remedy: ${remedy}\n`,
  );
  return [
    '# Errors\n',
    'Every refusal is a problem document (RFC 9457) with a stable `code`; its `type` leads here. Written from the table of',
    'codes in `libs/kernel/src/codes`; a test keeps it complete.\n',
    ...sections,
  ].join('\n');
}
