// Writes README.md of each chart out of the comments `# -- …` in its values.yaml; `--check` only compares, and ends with
// exit code 1 when one is not what the comments say.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMap, isScalar, parseDocument } from 'yaml';

const CHARTS = resolve(import.meta.dirname, '../../charts');

/** What the comment before a key says after `--`, up to the next empty line or `# --`; undefined where there is none. */
function told(comment) {
  const lines = (comment ?? '').split('\n').map((line) => line.trim());
  const begin = lines.findLastIndex((line) => line.startsWith('-- '));
  if (begin < 0) return undefined;
  return lines.slice(begin).join(' ').replace(/^-- /, '').trim();
}

/** Rows of a map: each key with a comment of its own; below it nothing is told again. */
function rowsOf(map, path, before) {
  return map.items.flatMap(({ key, value }, index) => {
    const name = [...path, key.value].join('.');
    const meaning = told(key.commentBefore ?? (index === 0 ? before : undefined));
    if (meaning !== undefined)
      return [{ name, meaning, value: isScalar(value) ? value.value : (value?.toJSON() ?? null) }];
    if (!isMap(value)) throw new Error(`${name} has no comment that begins with "# --"`);
    return rowsOf(value, [...path, key.value], value.commentBefore);
  });
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The whole README of the chart in `folder`. */
export function readmeOf(folder) {
  const chart = parseDocument(readFileSync(join(folder, 'Chart.yaml'), 'utf8')).toJSON();
  const values = parseDocument(readFileSync(join(folder, 'values.yaml'), 'utf8'));
  const head = existsSync(join(folder, 'README.head.md')) ? readFileSync(join(folder, 'README.head.md'), 'utf8') : '';
  const rows = rowsOf(values.contents, [], values.contents.commentBefore);
  return [
    `# ${chart.name}`,
    '',
    `${chart.description}. Made by \`node infra/charts/readme.mjs\` out of the comments in values.yaml.`,
    '',
    ...(head ? [head.trim(), ''] : []),
    '| value | default | |',
    '|---|---|---|',
    ...rows.map(
      ({ name, value, meaning }) => `| \`${name}\` | \`${cell(JSON.stringify(value))}\` | ${cell(meaning)} |`,
    ),
    '',
  ].join('\n');
}

/** Charts whose README is not what their values say, with what it should be. */
export const stale = () =>
  readdirSync(CHARTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(CHARTS, entry.name, 'Chart.yaml')))
    .map(({ name }) => ({ name, file: join(CHARTS, name, 'README.md'), text: readmeOf(join(CHARTS, name)) }))
    .filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = stale();
  if (process.argv.includes('--check')) {
    for (const { name } of found)
      console.error(`charts/${name}/README.md is not what values.yaml says: node infra/charts/readme.mjs`);
    process.exitCode = found.length > 0 ? 1 : 0;
  } else {
    for (const { file, text } of found) writeFileSync(file, text);
  }
}
