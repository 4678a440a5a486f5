import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between clients and one broker, and cuts them off when asked: connections stay open and carry nothing, as over a
 * network that lost its packets. Brokers among themselves do not pass here.
 */
export class Between {
  /** Port of the broker, on loopback. */
  target = 0;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isCut = false;

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Between> {
    const server = createServer();
    const between = new Between(server);
    server.on('connection', (client) => between.join(client, createConnection(between.target, '127.0.0.1')));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return between;
  }

  /** `host:port` for clients. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.isCut = true;
    for (const [client, broker] of this.pairs) {
      client.unpipe(broker);
      broker.unpipe(client);
    }
  }

  heal(): void {
    this.isCut = false;
    for (const pair of this.pairs) flow(pair);
  }

  async close(): Promise<void> {
    for (const socket of [...this.pairs].flat()) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, broker: Socket): void {
    const pair = [client, broker] as const;
    this.pairs.add(pair);
    if (!this.isCut) flow(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  }
}

function flow([client, broker]: readonly [Socket, Socket]): void {
  client.pipe(broker);
  broker.pipe(client);
}
