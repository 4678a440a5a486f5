import type { ClientProof } from '@countersign/sdk-node';

/** How to start the bank. Its server and its page know the platform by its public API only. */
export type DemoBankOptions = {
  /** Port of the bank's own origin; 0 takes a free one. */
  port: number;
  /** Address to listen on; `localhost` when absent. */
  host?: string;
  /** Address of the platform without `/v1`, as a browser reaches it, e.g. `http://localhost:7300`. */
  countersignUrl: string;
  /** The same as this server reaches it, when that differs. */
  countersignServerUrl?: string;
  /** Public client id of the bank's web page; the bank's origin is one of its origins. */
  clientIdWeb: string;
  /** Client id of the bank's server, with scopes subjects:write, subjects:read, introspect, grants:redeem. */
  serverClientId: string;
  /** Where the bank keeps its customers between starts; only in memory when absent. */
  dataDir?: string;
  /** Told of every failure that customers only hear of as trouble on the bank's side. */
  onTrouble?: (cause: unknown) => void;
} & ServerKey;

/** Private key (JWK or PKCS#8 PEM) of the bank's server, or its secret. */
export type ServerKey =
  | { serverKey: Exclude<ClientProof['privateKey'], undefined>; serverSecret?: undefined }
  | { serverSecret: string; serverKey?: undefined };

export interface DemoBank {
  /** Origin of the bank, e.g. `http://localhost:7301`. */
  url: string;
  port: number;
  close(): Promise<void>;
}
