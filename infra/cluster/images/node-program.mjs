import { realpathSync } from 'node:fs';
import { node24 } from '../../scripts/lib/workspace.mjs';

/** The Node.js that npm brought, as a program and not as a link to it. */
export const node = realpathSync(node24);
