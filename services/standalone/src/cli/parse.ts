import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { UsageError, type Command, type Input, type OptionSpec } from './command.js';

/** Options that every command takes. */
export const COMMON: Record<string, OptionSpec> = {
  'data-dir': { value: '<path>', help: 'the installation to work on (default: .countersign in the project)' },
  settings: { value: '<folder>', help: 'instead: the settings of its services, one file of variables each' },
  json: { help: 'answer with one JSON document' },
  help: { help: 'explain, and do nothing' },
};

/** @throws UsageError naming the first thing that is wrong */
export function parseInput(command: Command, args: readonly string[]): Input {
  const specs = { ...command.options, ...COMMON };
  const { values, positionals } = parse(command, specs, args);
  const list = (option: string): string[] => [values[option] ?? []].flat().map(String);
  const input: Input = {
    argument: positionals[0] ?? '',
    list,
    text: (option) => list(option)[0] ?? '',
    given: (option) => values[option] !== undefined,
  };
  if (!input.given('help')) check(command, positionals, input);
  return input;
}

function parse(command: Command, specs: Record<string, OptionSpec>, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    // Everything is read as if it could repeat, so that what may not is noticed.
    Object.entries(specs).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean', multiple: true }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\. |\n/)[0]!, command.name);
  }
}

function check({ name, argument, options }: Command, positionals: readonly string[], input: Input): void {
  const most = argument ? 1 : 0;
  if (positionals.length > most) throw new UsageError(`unexpected '${positionals[most]}'`, name);
  if (positionals.length < most && !argument!.optional) throw new UsageError(`${argument!.value} is missing`, name);
  for (const [option, spec] of Object.entries({ ...options, ...COMMON }))
    checkOption(name, option, spec, input.list(option));
  if (input.given('settings') && input.given('data-dir'))
    throw new UsageError('--settings and --data-dir: choose one', name);
}

function checkOption(command: string, option: string, spec: OptionSpec, values: readonly string[]): void {
  const { required = false, multiple = false, choices } = spec;
  if (required && values.length === 0) throw new UsageError(`--${option} is missing`, command);
  if (!multiple && values.length > 1) throw new UsageError(`--${option} is given twice`, command);
  if (values.includes('')) throw new UsageError(`--${option} is empty`, command);
  const strange = choices && values.find((value) => !choices.includes(value));
  if (strange !== undefined)
    throw new UsageError(`--${option} is one of ${choices!.join(', ')}, not '${strange}'`, command);
}
