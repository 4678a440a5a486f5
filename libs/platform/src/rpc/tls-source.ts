import type { experimental } from '@grpc/grpc-js';
import type { TlsMaterial } from './tls.js';

type CertificateProvider = experimental.CertificateProvider;
type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** The certificate, key and authorities in force. Clients and servers take them for every connection they make from now on. */
export class TlsSource implements CertificateProvider {
  private readonly caListeners = new Set<CaListener>();
  private readonly identityListeners = new Set<IdentityListener>();

  constructor(private material: TlsMaterial) {}

  get current(): TlsMaterial {
    return this.material;
  }

  /** Connections that are there go on; those made from now on stand on this. */
  renew(material: TlsMaterial): void {
    this.material = material;
    for (const listener of this.caListeners) this.tellCa(listener);
    for (const listener of this.identityListeners) this.tellIdentity(listener);
  }

  // A listener is told in a later turn: gRPC takes nothing while it still adds one.
  addCaCertificateListener(listener: CaListener): void {
    this.caListeners.add(listener);
    process.nextTick(() => this.tellCa(listener));
  }

  removeCaCertificateListener(listener: CaListener): void {
    this.caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.identityListeners.add(listener);
    process.nextTick(() => this.tellIdentity(listener));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.identityListeners.delete(listener);
  }

  private tellCa(listener: CaListener): void {
    listener({ caCertificate: this.material.ca });
  }

  private tellIdentity(listener: IdentityListener): void {
    listener({ certificate: this.material.cert, privateKey: this.material.key });
  }
}
