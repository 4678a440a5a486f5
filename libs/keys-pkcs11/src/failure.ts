import { isRefusal, refuse, type CountersignError } from '@countersign/kernel';
import { cryptokiCode } from './cryptoki.js';

/** After these the sessions or the token are gone, or nobody can say; a new connection may find them again. */
const LOST = new Set([
  'CKR_CRYPTOKI_NOT_INITIALIZED',
  'CKR_DEVICE_ERROR',
  'CKR_DEVICE_REMOVED',
  'CKR_FUNCTION_FAILED',
  'CKR_GENERAL_ERROR',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_OPERATION_ACTIVE',
  'CKR_SESSION_CLOSED',
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SLOT_ID_INVALID',
  'CKR_TOKEN_NOT_PRESENT',
  'CKR_TOKEN_NOT_RECOGNIZED',
  'CKR_USER_NOT_LOGGED_IN',
]);

/** More tries with the same PIN would lock a token. */
const DENIED = new Set([
  'CKR_PIN_INCORRECT',
  'CKR_PIN_EXPIRED',
  'CKR_PIN_LOCKED',
  'CKR_PIN_INVALID',
  'CKR_PIN_LEN_RANGE',
  'CKR_USER_PIN_NOT_INITIALIZED',
]);

const NOT_ALLOWED = new Set([
  'CKR_KEY_FUNCTION_NOT_PERMITTED',
  'CKR_ACTION_PROHIBITED',
  'CKR_SESSION_READ_ONLY',
  'CKR_TOKEN_WRITE_PROTECTED',
]);

export const isLost = (error: unknown): boolean => LOST.has(cryptokiCode(error) ?? '');

export const isPinRefused = (error: unknown): boolean => DENIED.has(cryptokiCode(error) ?? '');

/** The code of the table for an error of the module. Only the module's own name of it is kept: no argument, no PIN. */
export function refusalOf(error: unknown): CountersignError {
  if (isRefusal(error)) return error;
  const code = cryptokiCode(error);
  if (isPinRefused(error) || NOT_ALLOWED.has(code ?? '')) return refuse('key_store_denied', {}, code);
  return refuse('key_store_unavailable', {}, code ?? 'the PKCS#11 module failed');
}
