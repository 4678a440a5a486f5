import { CountersignError, isCode, isRefusal, refuse, type ErrorDetails, type ErrorKind } from '@countersign/kernel';
import { status } from '@grpc/grpc-js';

/** The one error type in the form that crosses services: code and public details, nothing else. */
export interface WireError {
  code: string;
  details: ErrorDetails;
}

/** Details beyond this would not pass as gRPC metadata: they would end the connection, and every other call on it. */
const MAX_DETAIL_CHARS = 16 * 1024;

export const toWireError = (error: unknown): WireError =>
  isRefusal(error) ? { code: error.code, details: fitting(error.details) } : { code: 'internal', details: {} };

/** Restores the error; a code this version does not know is `internal`. */
export const fromWireError = (wire: WireError): CountersignError =>
  isCode(wire.code) ? new CountersignError(wire.code, wire.details) : refuse('internal', {}, `unknown code`);

/** As a metadata value: JSON in ASCII, whatever script the details are in. */
export const encodeWireError = (wire: WireError): string => asciiJson(wire);

/** Reads a metadata value back; what is none is `internal`. */
export function decodeWireError(text: string): CountersignError {
  try {
    const { code, details } = JSON.parse(text) as WireError;
    return fromWireError({ code, details: details ?? {} });
  } catch {
    return refuse('internal', {}, 'unreadable error');
  }
}

/** As many of the listed errors as pass; what is too large without them tells its code only. */
function fitting(details: ErrorDetails): ErrorDetails {
  if (sizeOf(details) <= MAX_DETAIL_CHARS) return details;
  const { errors = [], ...rest } = details;
  let left = MAX_DETAIL_CHARS - sizeOf({ ...rest, errors: [] });
  if (left < 0) return {};
  const kept = errors.filter((each) => {
    const size = sizeOf(each) + 1;
    if (size > left) return false;
    left -= size;
    return true;
  });
  return { ...rest, errors: kept };
}

const sizeOf = (value: object): number => asciiJson(value).length;

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

export const GRPC_STATUS: Record<ErrorKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  conflict: status.FAILED_PRECONDITION,
  too_large: status.INVALID_ARGUMENT,
  rate_limited: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  internal: status.INTERNAL,
};
