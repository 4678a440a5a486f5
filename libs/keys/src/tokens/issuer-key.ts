import type { PublicJwk } from '../store/key-store.js';

/** An issuer key as all replicas publish it: a public half and the certificate for it. */
export interface IssuerKey {
  jwk: PublicJwk;
  /** Name in the key store, e.g. `token/<tenant>`. */
  name: string;
  /** Key id of the store's key that certified it; when that is disabled, so is this. */
  certifiedBy: string;
  createdAt: Date;
  /** From then on it signs nothing. */
  notAfter: Date;
}

/** A name that somebody signs with. */
export interface NameInUse {
  name: string;
  /** When it was last needed, by whoever made its newest issuer key. */
  usedAt: Date;
}

/** Where replicas tell each other of their issuer keys: public halves and certificates only. */
export interface IssuerShelf {
  /** @param usedAt when the name was last needed */
  put(key: IssuerKey, usedAt: Date): Promise<void>;
  /** Those of a name that may still have signed something that is good. */
  list(name: string): Promise<IssuerKey[]>;
  /** Names whose issuer keys were put since this was last asked, at its first time those of the last hours. */
  inUse(): Promise<NameInUse[]>;
}

/** How long what an issuer key signed may outlive the key, seconds: the longest life of an access token. */
export const OUTLIVED_BY = 600;

/** Between the id of the key that certified and the name of what it certified. */
const BY = '/by~';
const KID = /^([a-z0-9-]+:(.+)\/[1-9]\d*)\/by~[A-Za-z0-9_-]{12}$/;

/** @param thumb 12 characters that tell it from the others */
export const issuerKid = (certifiedBy: string, thumb: string): string => `${certifiedBy}${BY}${thumb}`;

/** The key of the key store that certified the one this `kid` names; undefined when it names none that was certified. */
export const certifierOf = (kid: string): string | undefined => KID.exec(kid)?.[1];

/** Its name in the key store, likewise. */
export const issuerNameOf = (kid: string): string | undefined => KID.exec(kid)?.[2];

/** For one process, and for tests. */
export class MemoryShelf implements IssuerShelf {
  private readonly kept: { key: IssuerKey; usedAt: Date }[] = [];

  async put(key: IssuerKey, usedAt: Date): Promise<void> {
    this.kept.push({ key, usedAt });
  }

  async list(name: string): Promise<IssuerKey[]> {
    return this.kept.map(({ key }) => key).filter((key) => key.name === name);
  }

  async inUse(): Promise<NameInUse[]> {
    return this.kept.map(({ key: { name }, usedAt }) => ({ name, usedAt }));
  }
}
