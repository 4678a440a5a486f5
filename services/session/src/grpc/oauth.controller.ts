import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { Rpc, identityOf, type Call } from '@countersign/platform';
import { Introspection } from '../application/introspection.js';
import { OAuth } from '../application/oauth.js';

@Controller()
export class OAuthController {
  constructor(
    @Inject(OAuth) private readonly oauth: OAuth,
    @Inject(Introspection) private readonly introspection: Introspection,
  ) {}

  @Rpc(session.SessionServiceService.clientToken)
  clientToken(request: session.ClientTokenRequest, call: Call): Promise<session.ClientTokenResponse> {
    return this.oauth.clientToken(request, call);
  }

  @Rpc(session.SessionServiceService.refresh)
  refresh(request: session.RefreshRequest, call: Call): Promise<session.RefreshResponse> {
    return this.oauth.refresh(request, call);
  }

  @Rpc(session.SessionServiceService.revoke)
  revoke(request: session.RevokeRequest, call: Call): Promise<session.RevokeResponse> {
    return this.oauth.revoke(request, call);
  }

  @Rpc(session.SessionServiceService.introspect)
  introspect(request: session.IntrospectRequest, call: Call): Promise<session.IntrospectResponse> {
    return this.introspection.introspect(request, identityOf(call));
  }
}
