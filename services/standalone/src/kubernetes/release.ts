/** The release that objects belong to. */
export interface Release {
  /** What every name begins with. */
  fullname: string;
  /** Helm's name of it. */
  instance: string;
}

export const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Labels of an object that this program makes for a release: Helm neither knows nor removes it. */
export const labelsOf = ({ instance }: Release, component: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'countersign',
  'app.kubernetes.io/instance': instance,
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'countersign',
  [MANAGED_BY]: 'countersign',
});
