import type { CallerName, ServiceName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import type { Channel, Network } from './channel.js';
import type { Dispatcher } from './dispatcher.js';
import { grpcChannel } from './grpc-channel.js';
import { grpcServer, type GrpcServer } from './grpc-server.js';
import { TlsSource } from './tls-source.js';
import type { TlsMaterial } from './tls.js';

/** Clients look for replicas when a connection ends, so new ones get load, and old certificates go, within this time. */
const CONNECTION_AGE_MS = 60_000;

export interface GrpcNetworkOptions {
  /** Addresses of each service's replicas, `ip:port`, or one `name:port` that DNS knows. */
  peers: Partial<Record<ServiceName, readonly string[]>>;
  /** Where this process listens, `ip:port`. */
  listen: string;
  /** After about this time a connection is ended and made anew, milliseconds; 60,000 unless set. */
  connectionAgeMs?: number;
  /** Fixed, or renewed while connections are made. */
  tls: TlsMaterial | TlsSource;
}

/** A process per service: gRPC with mutual TLS. The caller's name is the one its certificate carries. */
export class GrpcNetwork implements Network {
  private readonly channels = new Map<ServiceName, Channel & { close(): void }>();

  private readonly tls: TlsSource;

  constructor(private readonly options: GrpcNetworkOptions) {
    this.tls = options.tls instanceof TlsSource ? options.tls : new TlsSource(options.tls);
  }

  channel(_from: CallerName, to: ServiceName): Channel {
    const addresses = this.options.peers[to];
    if (!addresses?.length) return { send: () => Promise.reject(refuse('unavailable', { retryAfter: 1 })) };
    const channel = this.channels.get(to) ?? grpcChannel(to, addresses, this.tls);
    this.channels.set(to, channel);
    return channel;
  }

  async serve(_service: ServiceName, dispatcher: Dispatcher, healthy: () => boolean): Promise<GrpcServer> {
    const { listen, connectionAgeMs = CONNECTION_AGE_MS } = this.options;
    return grpcServer({ listen, tls: this.tls, connectionAgeMs, dispatcher, healthy });
  }

  close(): Promise<void> {
    for (const channel of this.channels.values()) channel.close();
    return Promise.resolve();
  }
}
