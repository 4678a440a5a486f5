export type Shape = 'standalone' | 'services';

export interface HostOptions {
  shape: Shape;
  /** Processes of each service, where each service is a process. */
  replicas: number;
  port: number;
  dataDir: string;
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
  certificates: Record<string, CertificateFiles>;
  processes: { service: string; pid: number; adminPort: number }[];
}

/** A call of the control plane, under the name of the command line. */
export interface HostCommand {
  id: number;
  service: 'tenant' | 'enrollment';
  method: string;
  request: unknown;
}

export interface HostAnswer {
  id: number;
  answer?: unknown;
  code?: string;
}
