import { isRefusal, refuse, type Code, type CountersignError } from '@countersign/kernel';

/** By the name of AWS's error; every other one is `key_store_unavailable`. */
const CODES = new Map<string, Code>([
  ['AccessDeniedException', 'key_store_denied'],
  ['CredentialsProviderError', 'key_store_denied'],
  ['ExpiredTokenException', 'key_store_denied'],
  ['InvalidClientTokenId', 'key_store_denied'],
  ['InvalidSignatureException', 'key_store_denied'],
  ['SignatureDoesNotMatch', 'key_store_denied'],
  ['UnrecognizedClientException', 'key_store_denied'],
  ['DisabledException', 'key_disabled'],
  ['NotFoundException', 'key_unknown'],
  ['IncorrectKeyException', 'seal_refused'],
  ['InvalidCiphertextException', 'seal_refused'],
]);

interface AwsError {
  name?: string;
  message?: string;
  $metadata?: { requestId?: string };
}

/** KMS has one error for all states in which a key cannot be used; its text says which. */
function codeOf({ name = '', message = '' }: AwsError): Code {
  if (name === 'KMSInvalidStateException' && /pending (replica )?deletion/i.test(message))
    return 'key_pending_deletion';
  return CODES.get(name) ?? 'key_store_unavailable';
}

export const isNamed = (error: unknown, name: string): boolean => (error as AwsError | null)?.name === name;

/** The code of the table for an error of the client. Kept are AWS's name of it and the request it can be found by. */
export function refusalOf(error: unknown): CountersignError {
  if (isRefusal(error)) return error;
  const { name, $metadata } = (error ?? {}) as AwsError;
  return refuse(codeOf((error ?? {}) as AwsError), {}, [name, $metadata?.requestId].filter(Boolean).join(' '));
}
