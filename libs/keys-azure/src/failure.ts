import { isRefusal, refuse, type Code, type CountersignError } from '@countersign/kernel';

interface AzureError {
  name?: string;
  code?: string;
  statusCode?: number;
  message?: string;
  details?: { error?: { innerError?: { code?: string } } };
}

/** Errors of the ways to a token, before Key Vault was asked anything. */
const NO_TOKEN = new Set([
  'AggregateAuthenticationError',
  'AuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
]);

/** Key Vault answers 403 both for what the caller may not do and for a key that is disabled. */
function codeOf(error: AzureError): Code {
  const { name = '', statusCode, details, message = '' } = error;
  const inner = details?.error?.innerError?.code;
  if (inner === 'KeyDisabled' || (statusCode === 403 && /disabled/i.test(message))) return 'key_disabled';
  if (NO_TOKEN.has(name) || statusCode === 401 || statusCode === 403) return 'key_store_denied';
  if (statusCode === 404) return 'key_unknown';
  if (statusCode === 409 && inner === 'ObjectIsBeingDeleted') return 'key_pending_deletion';
  return 'key_store_unavailable';
}

export const isStatus = (error: unknown, status: number): boolean =>
  (error as AzureError | null)?.statusCode === status;

/** The code of the table for an error of the client. Kept are Azure's name and code of it: no address, no token. */
export function refusalOf(error: unknown): CountersignError {
  if (isRefusal(error)) return error;
  const known = (error ?? {}) as AzureError;
  return refuse(codeOf(known), {}, [known.name, known.code, known.statusCode].filter(Boolean).join(' '));
}
