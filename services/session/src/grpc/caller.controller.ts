import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { jwksOf, type KeyStore } from '@countersign/keys';
import { Rpc, type Call } from '@countersign/platform';
import { CALLER_KEY } from '../application/caller-tokens.js';
import { CheckCaller } from '../application/check-caller.js';
import { Issuers } from '../application/issuers.js';
import { KEYS } from '../tokens.js';

/** Who is calling, and the keys with which others verify what this service says. */
@Controller()
export class CallerController {
  constructor(
    @Inject(CheckCaller) private readonly caller: CheckCaller,
    @Inject(Issuers) private readonly issuers: Issuers,
    @Inject(KEYS) private readonly keyStore: KeyStore,
  ) {}

  @Rpc(session.SessionServiceService.check)
  check(request: session.CheckRequest, call: Call): Promise<session.CheckResponse> {
    return this.caller.check(request, call);
  }

  @Rpc(session.SessionServiceService.keys)
  async keys(): Promise<session.KeysResponse> {
    return { jwks: JSON.stringify(await jwksOf(this.keyStore, CALLER_KEY)) };
  }

  @Rpc(session.SessionServiceService.issuer)
  async issuer({ tenant }: session.IssuerRequest): Promise<session.IssuerResponse> {
    const { issuer, jwks } = await this.issuers.published(tenant);
    return { issuer, jwks: JSON.stringify(jwks) };
  }
}
