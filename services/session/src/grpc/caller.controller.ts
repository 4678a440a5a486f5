import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { Rpc, type Call } from '@countersign/platform';
import { CheckCaller } from '../application/check-caller.js';
import { Issuers } from '../application/issuers.js';
import type { TokenKeys } from '../application/token-keys.js';
import { CALLER_KEY } from '../domain/key-names.js';
import { TOKEN_KEYS } from '../tokens.js';

/** Who is calling, and the keys with which others verify what this service says. */
@Controller()
export class CallerController {
  constructor(
    @Inject(CheckCaller) private readonly caller: CheckCaller,
    @Inject(Issuers) private readonly issuers: Issuers,
    @Inject(TOKEN_KEYS) private readonly tokenKeys: TokenKeys,
  ) {}

  @Rpc(session.SessionServiceService.check)
  check(request: session.CheckRequest, call: Call): Promise<session.CheckResponse> {
    return this.caller.check(request, call);
  }

  @Rpc(session.SessionServiceService.keys)
  async keys(): Promise<session.KeysResponse> {
    return { jwks: JSON.stringify(await this.tokenKeys.jwks(CALLER_KEY)) };
  }

  @Rpc(session.SessionServiceService.issuer)
  async issuer({ tenant }: session.IssuerRequest): Promise<session.IssuerResponse> {
    const { issuer, jwks } = await this.issuers.published(tenant);
    return { issuer, jwks: JSON.stringify(jwks) };
  }
}
