import { readFileSync, statSync } from 'node:fs';
import { refuse } from '@countersign/kernel';
import {
  CKF_RW_SESSION,
  CKF_SERIAL_SESSION,
  CKM_AES_GCM,
  CKM_ECDSA,
  CKU_USER,
  cryptokiCode,
  type Cryptoki,
  type Handle,
} from './cryptoki.js';
import type { CryptokiModule } from './cryptoki-module.js';
import { isLost, isPinRefused, refusalOf } from './failure.js';
import { SessionPool } from './session-pool.js';

export interface TokenOptions {
  /** Label of the token; slots change their numbers. */
  label: string;
  /** File that holds the user PIN and nothing else. */
  pinFile: string;
  /** Sessions that are open at a time. */
  sessions: number;
}

/** A logged-in connection to one token that comes back by itself after the token was away. */
export class Token {
  private pool: SessionPool | undefined;
  private connecting: Promise<SessionPool> | undefined;
  /** The state of the PIN file whose content the token refused. */
  private refusedPin: string | undefined;
  private readonly handles = new Map<string, Handle>();

  constructor(
    private readonly module: CryptokiModule,
    private readonly options: TokenOptions,
  ) {}

  /**
   * Runs `work` in a session of its own. When the session or the token turns out to be lost, connects anew and runs it
   * once more: what is done here may be done twice.
   *
   * @throws `key_store_unavailable`, `key_store_denied`
   */
  async use<T>(work: (cryptoki: Cryptoki, session: Handle) => Promise<T>): Promise<T> {
    const seen = this.module.generation;
    try {
      return await this.once(await this.connected(), work);
    } catch (error) {
      if (!isLost(error)) throw refusalOf(error);
    }
    try {
      await this.module.restart(seen);
      return await this.once(await this.connected(), work);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** A handle of this connection, looked up once. */
  async handle(key: string, find: () => Handle | undefined): Promise<Handle> {
    const known = this.handles.get(key);
    const found = known ?? find();
    if (!found) throw refuse('key_unknown', {}, `the token has no ${key}`);
    this.handles.set(key, found);
    return found;
  }

  /** Sessions of an earlier start may bear the numbers of new ones: nothing is done in them. */
  private once<T>(pool: SessionPool, work: (cryptoki: Cryptoki, session: Handle) => Promise<T>): Promise<T> {
    return pool.use((session) =>
      this.module.run((cryptoki) => {
        if (pool.generation !== this.module.generation) throw new Error('CKR_SESSION_HANDLE_INVALID');
        return work(cryptoki, session);
      }),
    );
  }

  private connected(): Promise<SessionPool> {
    if (this.pool?.generation === this.module.generation) return Promise.resolve(this.pool);
    this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async connect(): Promise<SessionPool> {
    this.pool = await this.module.run(async (cryptoki) => {
      this.handles.clear();
      return new SessionPool(this.openSessions(cryptoki), this.module.generation);
    });
    return this.pool;
  }

  private openSessions(cryptoki: Cryptoki): Handle[] {
    const slot = this.slot(cryptoki);
    const mechanisms = cryptoki.C_GetMechanismList(slot);
    if (!mechanisms.includes(CKM_ECDSA) || !mechanisms.includes(CKM_AES_GCM))
      throw refuse('key_store_unavailable', {}, 'the token lacks CKM_ECDSA or CKM_AES_GCM');
    const open = () => cryptoki.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    const first = open();
    this.login(cryptoki, first);
    return [first, ...Array.from({ length: this.options.sessions - 1 }, open)];
  }

  private slot(cryptoki: Cryptoki): Handle {
    const { label } = this.options;
    const slots = cryptoki.C_GetSlotList(true);
    const found = slots.find((slot) => cryptoki.C_GetTokenInfo(slot).label.replace(/[\s\0]+$/, '') === label);
    if (!found) throw new Error('CKR_TOKEN_NOT_PRESENT');
    return found;
  }

  private login(cryptoki: Cryptoki, session: Handle): void {
    const { pin, mark } = this.pin();
    if (mark === this.refusedPin) throw refuse('key_store_denied', {}, 'this PIN was refused before');
    try {
      cryptoki.C_Login(session, CKU_USER, pin);
    } catch (error) {
      if (cryptokiCode(error) === 'CKR_USER_ALREADY_LOGGED_IN') return;
      if (isPinRefused(error)) this.refusedPin = mark;
      throw error;
    }
  }

  private pin(): { pin: string; mark: string } {
    const { pinFile } = this.options;
    try {
      const { mtimeMs, size, ino } = statSync(pinFile);
      return { pin: readFileSync(pinFile, 'utf8').trim(), mark: `${ino} ${mtimeMs} ${size}` };
    } catch {
      throw refuse('key_store_denied', {}, `cannot read the PIN file ${pinFile}`);
    }
  }

  async close(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    if (pool && pool.generation === this.module.generation)
      await this.module
        .run(async (cryptoki) => pool.sessions.forEach((session) => cryptoki.C_CloseSession(session)))
        .catch(() => undefined);
    await this.module.close();
  }
}
