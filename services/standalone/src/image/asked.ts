import { SERVICES, type ServiceName } from '@countersign/contracts';

/** What a container of the image is asked to be. */
export type Asked = { service: ServiceName } | 'help' | 'command';

const HELP = ['--help', '-h', 'help'];
const PRINT_CONFIG = '--print-config';

/**
 * The name of a service, alone or with `--print-config`, asks for that service; everything else belongs to the command
 * line, which has commands that begin with the same word (`tenant create`).
 *
 * @param args what stands after the entrypoint
 */
export function asked(args: readonly string[]): Asked {
  const [first = '', ...others] = args;
  if (HELP.includes(first)) return 'help';
  const service = SERVICES.find((name) => name === first);
  return service && others.every((word) => word === PRINT_CONFIG) ? { service } : 'command';
}

/** Stands before the help of the command line. */
export const SERVICES_HELP: readonly string[] = [
  'Usage: <service>    runs one service; COUNTERSIGN_* variables are its settings',
  '       <command>    runs the command line',
  '',
  'Services:',
  `  ${SERVICES.join(' ')}`,
  '',
  `<service> ${PRINT_CONFIG} shows the settings and starts nothing.`,
  '',
];
