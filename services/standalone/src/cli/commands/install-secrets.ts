import { inCluster } from '../../kubernetes/api.js';
import { inFolder } from '../../kubernetes/folder.js';
import { makeSecrets } from '../../kubernetes/generated-secrets.js';
import { UsageError, type CommandBody } from '../command.js';

/** So that the longest name made of it is one of Kubernetes (RFC 1035, 63 characters). */
const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

export const installSecrets: CommandBody = {
  options: {
    release: { value: '<name>', help: 'what their names begin with', required: true },
    instance: { value: '<name>', help: "Helm's name of the release, for a label (default: the same)" },
    folder: {
      value: '<dir>',
      help: 'without Kubernetes: makes them as files in this folder, as containers mount them',
    },
  },
  notes: [
    'Certificates of an authority of its own, database URLs with random passwords, the master key, users of Kafka: in the',
    'namespace of the pod this runs in. What exists stays as it is; certificates made by this command are renewed when less than a',
    'third of their life is left.',
  ],
  outside: true,
  run: async (input, { env }) => {
    const fullname = input.text('release');
    if (!NAME.test(fullname))
      throw new UsageError(
        `--release is not up to 40 lower-case letters, digits and hyphens: '${fullname}'`,
        'install secrets',
      );
    const release = { fullname, instance: input.text('instance') || fullname };
    const folder = input.text('folder');
    const outcomes = await makeSecrets(folder ? inFolder(folder, fullname) : inCluster({ env }), release);
    const changed = Object.entries(outcomes).filter(([, outcome]) => outcome !== 'kept');
    const kept = Object.keys(outcomes).length - changed.length;
    return {
      json: { secrets: outcomes },
      lines: [
        ...changed.map(([name, outcome]) => `${outcome} ${name}`),
        ...(kept > 0 ? [`${kept} stay as they are`] : []),
      ],
    };
  },
};
