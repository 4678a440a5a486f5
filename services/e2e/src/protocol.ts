import type { CallerName, ServiceName } from '@countersign/contracts';
import type { OutgoingCall } from '@countersign/platform';

export type Shape = 'standalone' | 'services';

export interface HostOptions {
  shape: Shape;
  /** Processes of each service, where each service is a process. */
  replicas: number;
  port: number;
  dataDir: string;
  /** Its data goes when it ends. */
  endsWithTest: boolean;
}

export interface CertificateFiles {
  tlsCertFile: string;
  tlsKeyFile: string;
  tlsCaFile: string;
}

/** What the host says when everything runs. */
export interface HostReady {
  ready: true;
  publicUrl: string;
  /** Administrator of the database: sees everything. */
  adminUrl: string;
  adminPort?: number;
  logFile: string;
  /** Outside the data directory. */
  masterKeyFile: string;
  certificates: Record<string, CertificateFiles>;
  processes: HostedProcess[];
}

/** One process of one service. */
export interface HostedProcess {
  service: string;
  replica: number;
  pid: number;
  /** Of gRPC; of HTTP for the gateway. */
  port: number;
  adminPort: number;
}

/** A call of the control plane, under the name of the command line; or the start of a process that ended. */
export type HostCommand = { id: number } & (
  | { service: 'tenant' | 'enrollment'; method: string; request: unknown }
  | { service: 'host'; method: 'restart'; request: Pick<HostedProcess, 'service' | 'replica'> }
  | { service: 'host'; method: 'send'; request: ForgedCall }
  | { service: 'host'; method: 'listeners'; request: object }
);

/** A call between services, made by a test under a caller's name. */
export interface ForgedCall extends OutgoingCall {
  from: CallerName;
  to: ServiceName;
}

export interface HostAnswer {
  id: number;
  answer?: unknown;
  code?: string;
}
