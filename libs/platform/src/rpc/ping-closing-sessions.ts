import http2, { type ClientHttp2Session } from 'node:http2';

type Told = (error: Error | null, ms: number, payload: Buffer) => void;

/**
 * A server that asks its clients to go (GOAWAY) still answers what it took. Node refuses to ping on a session that closes in
 * this good order, and grpc-js takes the refused ping for a broken connection and ends the calls that are still being
 * answered on it (both as of Node 24 and grpc-js 1.14). Such a session counts as answering; its calls have deadlines.
 */
function pingable(session: ClientHttp2Session): ClientHttp2Session {
  const ping = session.ping.bind(session) as (...given: unknown[]) => boolean;
  session.ping = ((...given: unknown[]) => {
    if (!session.closed || session.destroyed) return ping(...given);
    process.nextTick(given.at(-1) as Told, null, 0, Buffer.alloc(8));
    return true;
  }) as typeof session.ping;
  return session;
}

const { connect } = http2;
http2.connect = ((...given: Parameters<typeof connect>) => pingable(connect(...given))) as typeof connect;
