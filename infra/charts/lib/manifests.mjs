// Questions about a list of manifests.

export const ofKind = (manifests, ...kinds) => manifests.filter(({ kind }) => kinds.includes(kind));

/** @throws Error when there is none, or more than one */
export function only(manifests, kind, name) {
  const found = ofKind(manifests, kind).filter(({ metadata }) => metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} manifests are ${kind} ${name}`);
  return found[0];
}

export const title = ({ kind, metadata: { name } }) => `${kind} ${name}`;
export const componentOf = ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'];
export const annotation = ({ metadata }, name) => metadata.annotations?.[name];
/** Helm's hooks of a manifest; none: it is part of the release. */
export const hooksOf = (manifest) => annotation(manifest, 'helm.sh/hook')?.split(',') ?? [];

const TEMPLATES = {
  Pod: (pod) => pod,
  Deployment: ({ spec }) => spec.template,
  StatefulSet: ({ spec }) => spec.template,
  Job: ({ spec }) => spec.template,
  CronJob: ({ spec }) => spec.jobTemplate.spec.template,
};

/**
 * @typedef {object} Pod
 * @property {string} title of what it belongs to
 * @property {object} owner
 * @property {Record<string, string>} labels
 * @property {object} spec
 * @property {object[]} containers those that prepare it among them
 */

/** Every pod that the manifests lead to. @returns {Pod[]} */
export const podsOf = (manifests) =>
  ofKind(manifests, ...Object.keys(TEMPLATES)).map((owner) => {
    const { metadata, spec } = TEMPLATES[owner.kind](owner);
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    return { title: title(owner), owner, labels: metadata?.labels ?? {}, spec, containers };
  });

const OPERATORS = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
};

/** Whether a label selector chooses something with `labels`; an empty one chooses everything. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }, labels) =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
  matchExpressions.every(({ key, operator, values }) => OPERATORS[operator](labels[key], values));

/** `KEY=value` lines of a settings file, as the command line reads them. */
export const settingsOf = (text) =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
