import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { GrpcNetwork, type Dispatcher, type TlsMaterial } from '../src/index.js';

/**
 * A server behind a wire that can be cut, or go silent as it does when a machine is gone: nothing arrives, nothing ends.
 * `silence` resolves when the client has given up every connection it had.
 */
export async function breakable(
  dispatcher: Dispatcher,
  tls: TlsMaterial,
): Promise<{ address: string; cut(): void; silence(): Promise<void>; close(): Promise<void> }> {
  const server = await new GrpcNetwork({ listen: '127.0.0.1:0', peers: {}, tls }).serve(
    'challenge',
    dispatcher,
    () => true,
  );
  const sockets: Socket[] = [];
  const clients: Socket[] = [];
  let silent = false;
  const wire = createServer((near) => {
    if (silent) return void sockets.push(near.on('error', () => undefined).pause());
    const far = connect(server.port, '127.0.0.1');
    near.pipe(far).pipe(near);
    clients.push(near);
    for (const socket of [near, far]) sockets.push(socket.on('error', () => undefined));
  });
  await once(wire.listen(0, '127.0.0.1'), 'listening');
  const cut = (): void => sockets.splice(0).forEach((socket) => socket.destroy());
  const silence = async (): Promise<void> => {
    silent = true;
    for (const socket of sockets) socket.unpipe().resume();
    const left = clients.filter((near) => !near.closed);
    await Promise.all(left.map((near) => new Promise((resolve) => near.once('close', resolve))));
  };
  const close = async (): Promise<void> => {
    cut();
    wire.close();
    await server.close();
  };
  return { address: `127.0.0.1:${(wire.address() as AddressInfo).port}`, cut, silence, close };
}
