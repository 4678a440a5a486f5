/** Images of the run: the build of now, the same as an upgrade, with a migration that fails, and with it corrected. */
export type Variant = 'now' | 'next' | 'broken' | 'mended';

/** `repository` and `tag`, as the chart's values have them. */
export interface Image {
  repository: string;
  tag: string;
}

/** @throws Error outside `npm run test:cluster` */
export function image(name: Variant | 'postgres' | 'kafka' | 'kms'): Image {
  const reference = process.env[`CLUSTER_IMAGE_${name.toUpperCase()}`];
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(reference ?? '') ?? [];
  if (!repository || !tag) throw new Error(`there is no image ${name}: run npm run test:cluster`);
  return { repository, tag };
}

export const nameOf = ({ repository, tag }: Image): string => `${repository}:${tag}`;
