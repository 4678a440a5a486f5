import type { Command, OptionSpec } from './command.js';
import { COMMON } from './parse.js';

const INDENT = '  ';

/** Help of the whole program, or of the commands that begin with one word. */
export function overview(commands: readonly Command[], group?: string): string[] {
  const shown = group ? commands.filter(({ name }) => name.split(' ')[0] === group) : commands;
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
  const rows = [...own, ...Object.entries(COMMON)].map(([option, spec]) => [flag(option, spec), describe(spec)]);
  return [
    `Usage: countersign ${usage}`,
    '',
    summary,
    ...(argument ? ['', ...columns([[argument.value, argument.help]])] : []),
    '',
    'Options:',
    ...columns(rows),
    ...notes.flatMap((note) => ['', note]),
  ];
}

const flag = (option: string, { value }: OptionSpec): string => `--${option}${value ? ` ${value}` : ''}`;

const describe = ({ help, choices, multiple }: OptionSpec): string =>
  [help, choices && `one of ${choices.join(' ')}`, multiple && 'repeatable'].filter(Boolean).join('; ');

export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => `${INDENT}${row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')}`.trimEnd());
}
