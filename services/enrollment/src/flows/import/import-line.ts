import { fromBase64Url, isRefusal, type Code, type ErrorDetails } from '@countersign/kernel';
import { judgeImported } from '@countersign/webauthn';
import { z } from 'zod';
import { readDisplayName, readReference } from '../../domain/text.js';

const bytes = (least: number, most: number) =>
  z.string().refine((text) => {
    const length = fromBase64Url(text)?.length ?? -1;
    return length >= least && length <= most;
  }, `is not base64url without padding of ${least} to ${most} bytes`);

/** One credential of another relying party (docs/integrators/import.md); what is not listed here is refused. */
const schema = z.strictObject({
  reference: z.string(),
  displayName: z.string().default(''),
  credentialId: bytes(1, 1023),
  /** COSE_Key. */
  publicKey: bytes(1, 2048),
  counter: z.number().int().min(0).max(0xffffffff),
  backupEligible: z.boolean(),
  backupState: z.boolean(),
  transports: z.array(z.string().min(1).max(32)).max(16),
  aaguid: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is not a UUID in lower case'),
  createdAt: z.iso.datetime({ offset: true, error: 'is not RFC 3339' }),
  userHandle: bytes(1, 64).optional(),
  /** The person was verified when it was made (WebAuthn L3 §4, uvInitialized). Left out: nobody knows, so it was not. */
  uvInitialized: z.boolean().default(false),
});

/** A line that passed by itself. */
export type ReadLine = z.output<typeof schema> & { algorithm: number; made: Date };

export interface LineRefused {
  ok: false;
  code: Code;
  errors: NonNullable<ErrorDetails['errors']>;
}

/**
 * Reads one line of JSON and holds the credential in it against the rules of a registration.
 *
 * @param algorithms COSE algorithms of the tenant's policy
 */
export function readLine(
  text: string,
  algorithms: readonly number[],
  now: Date,
): { ok: true; line: ReadLine } | LineRefused {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return malformed(parsed.error.issues.map(faultOf));
  const { data } = parsed;
  const made = new Date(data.createdAt);
  if (made > now) return malformed([{ path: 'createdAt', message: 'lies in the future' }]);
  const { credentialId, publicKey, backupEligible, backupState } = data;
  const judged = judgeImported({
    credentialId: fromBase64Url(credentialId)!,
    publicKey: fromBase64Url(publicKey)!,
    ...{ backupEligible, backupState, algorithms },
  });
  if (!judged.ok) return { ok: false, code: judged.code, errors: [] };
  return withNames({ ...data, algorithm: judged.algorithm, made, transports: [...new Set(data.transports)] });
}

function withNames(line: ReadLine): { ok: true; line: ReadLine } | LineRefused {
  try {
    const [reference, displayName] = [readReference(line.reference), readDisplayName(line.displayName)];
    return { ok: true, line: { ...line, reference, displayName } };
  } catch (error) {
    if (isRefusal(error)) return { ok: false, code: error.code, errors: [] };
    throw error;
  }
}

const malformed = (errors: LineRefused['errors']): LineRefused => ({ ok: false, code: 'import_line_invalid', errors });

const faultOf = ({ path, message }: z.core.$ZodIssue): { path: string; message: string } => ({
  path: path.map(String).join('.'),
  message,
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
