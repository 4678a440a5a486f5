import { readFileSync } from 'node:fs';
import { KMSClient } from '@aws-sdk/client-kms';
import { refuse } from '@countersign/kernel';
import { refusalOf } from './failure.js';

export interface KmsClientOptions {
  region: string;
  /** Where KMS is reached when it is not the region's own address: a VPC endpoint, or a server of the tests. */
  endpoint?: string;
  /**
   * JSON `{"accessKeyId", "secretAccessKey", "sessionToken"?}`, read with every new set of credentials. Absent: what the
   * platform gives the process (web identity, instance role), which is to be preferred.
   */
  credentialsFile?: string;
  /** How long one call may take with its repetitions, milliseconds; 3,000 unless told. */
  deadlineMs?: number;
}

const DEADLINE_MS = 3_000;
/** The first try and two more, of what AWS calls retryable: throttling, 5xx, a broken connection. */
const ATTEMPTS = 3;
/** Credentials from a file are read again after this long, milliseconds. */
const REREAD_MS = 60_000;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

function readCredentials(path: string): Credentials & { expiration: Date } {
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = JSON.parse(readFileSync(path, 'utf8')) as Credentials;
    if (!accessKeyId || !secretAccessKey) throw new Error('incomplete');
    const expiration = new Date(Date.now() + REREAD_MS);
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), expiration };
  } catch {
    throw refuse('key_store_denied', {}, `cannot read credentials from ${path}`);
  }
}

/** Calls KMS within a deadline; errors are those of the table. */
export class KmsCaller {
  private readonly client: KMSClient;
  private readonly deadlineMs: number;

  constructor({ region, endpoint, credentialsFile, deadlineMs = DEADLINE_MS }: KmsClientOptions) {
    this.deadlineMs = deadlineMs;
    this.client = new KMSClient({
      region,
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: deadlineMs },
      ...(endpoint && { endpoint }),
      ...(credentialsFile && { credentials: async () => readCredentials(credentialsFile) }),
    });
  }

  /** @throws the table's codes for what KMS or the way there refused */
  async call<T>(work: (client: KMSClient, options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await this.raw(work);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** The same with the client's own errors, for who tells them apart. */
  raw<T>(work: (client: KMSClient, options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    return work(this.client, { abortSignal: AbortSignal.timeout(this.deadlineMs) });
  }

  close(): void {
    this.client.destroy();
  }
}
