import { connect } from 'node:net';

/** What is malformed has its connection closed at once; a busy machine may take seconds to come to it. */
const SILENCE_MS = 10_000;

/** Bytes onto a socket, exactly as they are; answers with everything that came back until it closed, or ten seconds of silence. */
export function rawHttp(url: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
    );
    socket.write(bytes);
  });
}

/** Statuses of the answers in what came back. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
