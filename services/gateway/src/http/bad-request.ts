import type { Socket } from 'node:net';
import { refuse, uuidv7 } from '@countersign/kernel';
import { problemOf } from './problem.js';

/** Answers bytes that are no HTTP request (RFC 9112), so that even these get a problem document, and closes the connection. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket, publicUrl: string): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const requestId = uuidv7();
  const refusal = refuse(tooLarge ? 'request_too_large' : 'request_invalid');
  const { body } = problemOf(refusal, { publicUrl, requestId });
  const status = statusLine(error.code);
  const text = JSON.stringify({ ...body, status: Number(status.slice(0, 3)) });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
      `Countersign-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function statusLine(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}
