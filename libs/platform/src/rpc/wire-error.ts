import { CountersignError, isCode, isRefusal, refuse, type ErrorDetails, type ErrorKind } from '@countersign/kernel';
import { status } from '@grpc/grpc-js';

/** The one error type in the form that crosses services: code and public details, nothing else. */
export interface WireError {
  code: string;
  details: ErrorDetails;
}

export const toWireError = (error: unknown): WireError =>
  isRefusal(error) ? { code: error.code, details: error.details } : { code: 'internal', details: {} };

/** Restores the error; a code this version does not know is `internal`. */
export const fromWireError = (wire: WireError): CountersignError =>
  isCode(wire.code) ? new CountersignError(wire.code, wire.details) : refuse('internal', {}, `unknown code`);

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
