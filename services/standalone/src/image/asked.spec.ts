import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { COMMANDS } from '../cli/commands/index.js';
import { SERVICES_HELP, asked } from './asked.js';

describe('what a container is asked to be', () => {
  test.each(SERVICES)('%s is the service of that name', (service) => {
    expect(asked([service])).toEqual({ service });
    expect(asked([service, '--print-config'])).toEqual({ service });
  });

  test.each(COMMANDS.map(({ name }) => name))('%s is a command, whatever its first word', (name) => {
    expect(asked(name.split(' '))).toBe('command');
  });

  test.each([[[]], [['doctor', '--json']], [['Session']], [['session', '--port', '7000']], [['tenant', '--help']]])(
    '%j belongs to the command line, which refuses what it does not know',
    (args: string[]) => {
      expect(asked(args)).toBe('command');
    },
  );

  test.each(['--help', '-h', 'help'])('%s tells of every service', (word) => {
    expect(asked([word])).toBe('help');
    for (const service of SERVICES) expect(SERVICES_HELP.join('\n')).toContain(service);
  });
});
