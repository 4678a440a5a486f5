// Lints texts in the place of existing files, in a process of its own: ESLint and Nx do not load inside Jest.
// Reads [[path, text], …] as JSON from standard input and prints for each which rules refused which line.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const eslint = new ESLint();
const answers = [];
for (const [path, source] of JSON.parse(await text(process.stdin))) {
  const [{ messages }] = await eslint.lintText(source, { filePath: path });
  answers.push(messages.map(({ ruleId, line, message }) => ({ rule: String(ruleId), line, message })));
}
process.stdout.write(JSON.stringify(answers));
