import { allCodes, exampleText, recordedNote } from './example-problem.js';

/** docs/errors.md: every code with cause, remedy and an example. */
export function errorsMarkdown(): string {
  const sections = allCodes().map(({ code, status, title, cause, remedy, example }) => {
    const note = recordedNote(example);
    const text = [`- Cause: ${cause}`, `- Remedy: ${remedy}`, ...(note === '' ? [] : [`- ${note}`])].join('\n');
    return `## ${code}\n\n**${status}** · ${title}\n\n${text}\n\n\`\`\`http\n${exampleText(example)}\n\`\`\`\n`;
  });
  return [
    '# Errors\n',
    'Every refusal is a problem document (RFC 9457) with a stable `code`; its `type` leads here. `requestId` leads to the',
    'event of the request. At the OAuth endpoints `error` stands beside `code` (RFC 6749 §5.2). Written from the table of',
    'codes in `libs/kernel/src/codes`, with examples made by what makes the answers; a test keeps it complete.\n',
    ...sections,
  ].join('\n');
}
