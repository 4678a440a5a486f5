import { SettingsError, filePath, variableOf } from '@countersign/platform';
import { readAnchorSets, type AnchorSets } from '@countersign/webauthn';
import type { z } from 'zod';

/** Where trust anchors of an installation lie, beside those that ship. */
export const anchorSettings = {
  attestationAnchors: filePath
    .optional()
    .describe(
      'path of a folder of trust anchors, <folder>/<set>/*.pem; they join the sets that ship, or make new ones',
    ),
};

export type AnchorSettings = z.output<z.ZodObject<typeof anchorSettings>>;

/**
 * The sets a tenant's policy can name. Read once: an anchor that is added is trusted after the next start.
 * @throws SettingsError naming the file that cannot be used
 */
export function openAnchorSets({ attestationAnchors: folder }: AnchorSettings): AnchorSets {
  try {
    return readAnchorSets(folder);
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError([`${variableOf('attestationAnchors')}: ${problem}`]);
  }
}
