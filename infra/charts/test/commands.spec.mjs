// What pods run: services and commands that exist, told what they take.
import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { COMMANDS, loadCommand } from '../../../services/standalone/src/cli/commands/index.js';
import { parseInput } from '../../../services/standalone/src/cli/parse.js';
import { render } from '../lib/helm.mjs';
import { componentOf, ofKind, podsOf } from '../lib/manifests.mjs';
import { VARIANTS } from '../lib/variants.mjs';

/** Programs of others, which an evaluation brings. */
const BACKENDS = ['postgres', 'kafka'];

/** The command whose name the arguments begin with, the longest such. */
const commandOf = (args) =>
  COMMANDS.filter(({ name }) => `${args.join(' ')} `.startsWith(`${name} `)).sort(
    (a, b) => b.name.length - a.name.length,
  )[0];

test('CARD-8.helm · a command is rendered where Helm has not asked a cluster what APIs it has', async () => {
  const asked = VARIANTS['regulated with a command'];
  const manifests = await render({ ...asked, apis: [] });
  const job = (list) => podsOf(list).find(({ owner }) => componentOf(owner) === 'command');
  expect(job(manifests)).toEqual(job(await render(asked)));
});

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  const ours = async () =>
    podsOf(await render(VARIANTS[name]))
      .filter(({ owner }) => !BACKENDS.includes(componentOf(owner)))
      .flatMap(({ title, containers }) => containers.map(({ args }) => ({ title, args })));

  test('CARD-8.helm · every pod runs a service, or a command that exists and takes what it is given', async () => {
    for (const { title, args } of (await ours()).filter((one) => !SERVICES.includes(one.args[0]))) {
      const listed = commandOf(args);
      expect({ title, args, known: listed !== undefined }).toEqual({ title, args, known: true });
      const command = await loadCommand(listed);
      expect(() => parseInput(command, args.slice(command.name.split(' ').length))).not.toThrow();
    }
  });

  test('CARD-8.helm · before a service starts, its schema is waited for', async () => {
    for (const deployment of ofKind(await render(VARIANTS[name]), 'Deployment')) {
      const [first] = deployment.spec.template.spec.initContainers;
      expect(first.args).toEqual(['database', 'wait', '--service', componentOf(deployment)]);
      expect(first.image).toBe(deployment.spec.template.spec.containers[0].image);
    }
  });

  test('CARD-8.helm · helm test goes the way of a person, through the gateway, with the certificate of the command line', async () => {
    const [pod] = podsOf(ofKind(await render(VARIANTS[name]), 'Pod'));
    const { args } = pod.containers[0];
    expect(pod.owner.metadata.annotations['helm.sh/hook']).toBe('test');
    expect(args[0]).toBe('journey');
    expect(args[args.indexOf('--api') + 1]).toMatch(/^http:\/\/[a-z-]*countersign-gateway$/);
    expect(pod.spec.volumes.map(({ name: volume }) => volume)).toContain('cli-tls');
  });
});
