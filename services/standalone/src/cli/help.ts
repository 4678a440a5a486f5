import type { Command, ListedCommand, OptionSpec } from './command.js';
import { COMMON } from './parse.js';

const INDENT = '  ';

/** Help of the whole program, or of the commands that begin with the same words. */
export function overview(commands: readonly ListedCommand[], group?: string): string[] {
  const shown = group ? commands.filter(({ name }) => name.startsWith(`${group} `)) : commands;
  const head = group
    ? [`Usage: countersign ${group} <command>`]
    : [
        'Usage: countersign <command>',
        '',
        'The control plane of a Countersign installation, on the server where it runs.',
      ];
  const rows = shown.map(({ name, argument, summary }) => [`${name}${argument ? ` ${argument.value}` : ''}`, summary]);
  return [...head, '', 'Commands:', ...columns(rows), '', 'countersign <command> --help tells more about one.'];
}

/** Help of one command. */
export function explain(command: Command): string[] {
  const { name, summary, argument, options, notes = [] } = command;
  const own = Object.entries(options);
  const required = own.filter(([, spec]) => spec.required).map(([option, spec]) => flag(option, spec));
  const usage = [name, argument?.value, ...required, '[options]'].filter(Boolean).join(' ');
  const rows = [...own, ...Object.entries(COMMON)].flatMap(([option, spec]) =>
    describe(spec).map((line, at) => [at === 0 ? flag(option, spec) : '', line]),
  );
  return [
    `Usage: countersign ${usage}`,
    '',
    summary,
    ...(argument ? ['', ...columns([[argument.value, argument.help]])] : []),
    '',
    'Options:',
    ...columns(rows),
    ...(notes.length > 0 ? ['', ...wrapped(notes.join(' '), WIDTH)] : []),
  ];
}

const flag = (option: string, { value }: OptionSpec): string => `--${option}${value ? ` ${value}` : ''}`;

const WIDEST = 100;

/** One line, or a second one for choices that would make it too long. */
function describe({ help, choices, multiple }: OptionSpec): string[] {
  const [what, which] = [[help, multiple && 'repeatable'].filter(Boolean).join('; '), choices?.join(' ')];
  if (which === undefined) return [what];
  return what.length + which.length < WIDEST ? [`${what}; one of ${which}`] : [what, `one of ${which}`];
}

/** Longest line of a help text, in characters. */
const WIDTH = 120;

/** Rows below each other; the last cell goes on in further lines where it is long. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const last = (rows[0] ?? []).length - 1;
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const left = widths.slice(0, last).reduce((sum, width) => sum + width + 2, INDENT.length);
  return rows.flatMap((row) => {
    const [first, ...more] = wrapped(row[last]!, WIDTH - left);
    const cells = [...row.slice(0, last).map((cell, at) => cell.padEnd(widths[at]!)), first];
    return [`${INDENT}${cells.join('  ')}`.trimEnd(), ...more.map((line) => `${' '.repeat(left)}${line}`)];
  });
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
