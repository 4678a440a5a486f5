import { Controller, Inject } from '@nestjs/common';
import { session } from '@countersign/contracts';
import { isUuid, refuse } from '@countersign/kernel';
import { Rpc, type Call } from '@countersign/platform';
import { OwnSessions } from '../application/own-sessions.js';

@Controller()
export class OwnSessionsController {
  constructor(@Inject(OwnSessions) private readonly sessions: OwnSessions) {}

  @Rpc(session.SessionServiceService.current)
  current(_request: session.CurrentRequest, call: Call): Promise<session.CurrentResponse> {
    return this.sessions.current(call);
  }

  @Rpc(session.SessionServiceService.mintAccessToken)
  mintAccessToken(_request: session.MintAccessTokenRequest, call: Call): Promise<session.MintAccessTokenResponse> {
    return this.sessions.mintAccessToken(call);
  }

  @Rpc(session.SessionServiceService.listSessions)
  listSessions(_request: session.ListSessionsRequest, call: Call): Promise<session.ListSessionsResponse> {
    return this.sessions.list(call);
  }

  @Rpc(session.SessionServiceService.endSession)
  async endSession({ id }: session.EndSessionRequest, call: Call): Promise<session.EndSessionResponse> {
    if (!isUuid(id)) throw refuse('not_found');
    await this.sessions.endOne(id, call);
    return {};
  }

  @Rpc(session.SessionServiceService.signOut)
  async signOut(_request: session.SignOutRequest, call: Call): Promise<session.SignOutResponse> {
    await this.sessions.signOut(call);
    return {};
  }

  @Rpc(session.SessionServiceService.signOutOthers)
  async signOutOthers(_request: session.SignOutOthersRequest, call: Call): Promise<session.SignOutOthersResponse> {
    return { ended: await this.sessions.signOutOthers(call) };
  }

  @Rpc(session.SessionServiceService.signOutAll)
  async signOutAll(_request: session.SignOutAllRequest, call: Call): Promise<session.SignOutAllResponse> {
    return { ended: await this.sessions.signOutAll(call) };
  }
}
