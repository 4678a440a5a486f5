import type { ServiceName } from '@countersign/contracts';
import { X509Certificate } from 'node:crypto';
import type { Logger } from '../observe/log.js';
import { TlsSource } from './tls-source.js';
import { checkOrigin, checkOwner, readTls, type TlsFiles, type TlsMaterial } from './tls.js';

/** How often the files are looked at, milliseconds. Kubernetes takes about a minute to bring new ones into a pod. */
const LOOK_MS = 10_000;

export interface TlsRenewalOptions {
  service: ServiceName;
  log: Logger;
  /** Told at each look: seconds until the certificate in force expires, negative when it has. */
  onSecondsLeft: (seconds: number) => void;
  /** Milliseconds; 10,000 unless set. */
  lookMs?: number;
}

/**
 * The material of a service's files, and from then on what replaces it there. New files that are no good are refused
 * with the line `tls.renewal_refused`, and what was in force stays so.
 */
export class TlsRenewal {
  readonly tls: TlsSource;
  private readonly timer: NodeJS.Timeout;
  private problem: string | undefined;
  private told = false;

  /** @throws SettingsError when the files are no good to begin with, or the certificate is not this service's */
  constructor(
    private readonly files: TlsFiles,
    private readonly options: TlsRenewalOptions,
  ) {
    this.tls = new TlsSource(this.read());
    this.timer = setInterval(() => this.look(), options.lookMs ?? LOOK_MS).unref();
    this.measure();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    try {
      this.take(this.read());
    } catch (error) {
      this.refuse((error as Error).message);
    }
    this.measure();
  }

  private read(): TlsMaterial {
    const material = readTls(this.files);
    checkOwner(material, this.files.certFile, this.options.service);
    checkOrigin(material, this.files);
    return material;
  }

  private take(material: TlsMaterial): void {
    this.problem = undefined;
    const { cert, key, ca } = this.tls.current;
    if (material.cert.equals(cert) && material.key.equals(key) && material.ca.equals(ca)) return;
    this.tls.renew(material);
    this.options.log.info('tls.renewed', { service: this.options.service });
  }

  /** Whoever replaces files one by one is not done yet at the first look: what is still wrong at the next one is told, once. */
  private refuse(problem: string): void {
    const still = problem === this.problem;
    if (still && !this.told) {
      this.options.log.error('tls.renewal_refused', { service: this.options.service, reason: problem });
      this.told = true;
    }
    if (!still) this.told = false;
    this.problem = problem;
  }

  private measure(): void {
    const { validToDate } = new X509Certificate(this.tls.current.cert);
    this.options.onSecondsLeft(Math.floor((validToDate.getTime() - Date.now()) / 1000));
  }
}
