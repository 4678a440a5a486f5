import { readFileSync } from 'node:fs';
import type { TokenCredential } from '@azure/core-auth';
import { ClientSecretCredential, DefaultAzureCredential } from '@azure/identity';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { refuse } from '@countersign/kernel';
import { refusalOf } from './failure.js';

/** An application's secret, for where the platform gives the process no identity. */
export interface AzureSecret {
  tenantId: string;
  clientId: string;
  /** File that holds the secret and nothing else. */
  clientSecretFile: string;
}

export interface VaultOptions {
  /** E.g. `https://bank.vault.azure.net`. */
  vaultUrl: string;
  /** Absent: what the platform gives the process (workload identity, managed identity), which is to be preferred. */
  secret?: AzureSecret;
  /** Instead of both, for a double: how tokens are obtained, and what its certificate is checked against. */
  double?: { credential: TokenCredential; authority: string };
  /** How long one call may take with its repetitions, milliseconds; 5,000 unless told. */
  deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
const RETRIES = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 };

function credentialOf({ secret, double }: VaultOptions): TokenCredential {
  if (double) return double.credential;
  if (!secret) return new DefaultAzureCredential();
  try {
    const text = readFileSync(secret.clientSecretFile, 'utf8').trim();
    return new ClientSecretCredential(secret.tenantId, secret.clientId, text);
  } catch {
    throw refuse('key_store_denied', {}, `cannot read the secret from ${secret.clientSecretFile}`);
  }
}

/** Calls one vault within a deadline; errors are those of the table. */
export class Vault {
  readonly keys: KeyClient;
  private readonly credential: TokenCredential;
  private readonly clientOptions;
  private readonly deadlineMs: number;
  private readonly cryptography = new Map<string, CryptographyClient>();

  constructor(options: VaultOptions) {
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.credential = credentialOf(options);
    // A double does not stand under vault.azure.net; of a real vault the client checks that it does.
    this.clientOptions = {
      retryOptions: RETRIES,
      ...(options.double && {
        disableChallengeResourceVerification: true,
        tlsOptions: { ca: options.double.authority },
      }),
    };
    this.keys = new KeyClient(options.vaultUrl, this.credential, this.clientOptions);
  }

  /** @param keyId address of a key version; the client asks for it once and keeps what it learned */
  cryptographyOf(keyId: string): CryptographyClient {
    const known = this.cryptography.get(keyId);
    const client = known ?? new CryptographyClient(keyId, this.credential, this.clientOptions);
    this.cryptography.set(keyId, client);
    return client;
  }

  /** @throws the table's codes for what the vault or the way there refused */
  async call<T>(work: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await this.raw(work);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** The same with the client's own errors, for who tells them apart. */
  raw<T>(work: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    return work({ abortSignal: AbortSignal.timeout(this.deadlineMs) });
  }
}
